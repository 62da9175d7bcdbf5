package org.apache.hadoop.fs;

/** The part of Hadoop's class that Flink's HadoopUtils needs. */
public class Path {
    public Path(String path) {}
}
