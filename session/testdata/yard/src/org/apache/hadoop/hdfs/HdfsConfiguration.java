package org.apache.hadoop.hdfs;

import org.apache.hadoop.conf.Configuration;

/** As much of Hadoop's class as Flink's HadoopUtils needs. */
public class HdfsConfiguration extends Configuration {}
