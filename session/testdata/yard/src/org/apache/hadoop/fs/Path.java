package org.apache.hadoop.fs;

/** As much of Hadoop's class as Flink's HadoopUtils needs. */
public class Path {
    public Path(String path) {}
}
