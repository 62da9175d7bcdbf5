package org.apache.hadoop.io;

/** The part of Hadoop's class that Flink's HadoopUtils needs. */
public class Text {
    public Text(String text) {}
}
