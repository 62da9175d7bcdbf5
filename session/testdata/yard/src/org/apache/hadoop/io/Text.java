package org.apache.hadoop.io;

/** As much of Hadoop's class as Flink's HadoopUtils needs. */
public class Text {
    public Text(String text) {}
}
