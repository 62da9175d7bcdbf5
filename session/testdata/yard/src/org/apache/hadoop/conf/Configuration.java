package org.apache.hadoop.conf;

import org.apache.hadoop.fs.Path;

/** The part of Hadoop's class that Flink's HadoopUtils needs. */
public class Configuration {
    public void addResource(Path file) {}

    public void set(String name, String value) {}

    @Override
    public String toString() {
        return "a configuration of Hadoop's";
    }
}
