package org.apache.hadoop.hdfs;

import org.apache.hadoop.conf.Configuration;

/** The part of Hadoop's class that Flink's HadoopUtils needs. */
public class HdfsConfiguration extends Configuration {}
