package flink

// jars are the artifacts that bring what Flink itself does not have, by the
// identifier in WITH ('connector' = …) or 'format' = …: those of Flink's
// documentation and of the projects that it names.
var jars = map[string]string{
	"kafka":                   "flink-sql-connector-kafka",
	"upsert-kafka":            "flink-sql-connector-kafka",
	"jdbc":                    "flink-connector-jdbc-core and the database's driver",
	"elasticsearch-7":         "flink-sql-connector-elasticsearch7",
	"elasticsearch-8":         "flink-sql-connector-elasticsearch8",
	"opensearch":              "flink-sql-connector-opensearch",
	"opensearch-2":            "flink-sql-connector-opensearch2",
	"mongodb":                 "flink-sql-connector-mongodb",
	"kinesis":                 "flink-sql-connector-aws-kinesis-streams",
	"firehose":                "flink-sql-connector-aws-kinesis-firehose",
	"dynamodb":                "flink-sql-connector-dynamodb",
	"hbase-2.2":               "flink-sql-connector-hbase-2.2",
	"hbase-2.6":               "flink-sql-connector-hbase-2.6",
	"pulsar":                  "flink-sql-connector-pulsar",
	"hive":                    "flink-sql-connector-hive-3.1.3",
	"mysql-cdc":               "flink-sql-connector-mysql-cdc",
	"postgres-cdc":            "flink-sql-connector-postgres-cdc",
	"oracle-cdc":              "flink-sql-connector-oracle-cdc",
	"sqlserver-cdc":           "flink-sql-connector-sqlserver-cdc",
	"mongodb-cdc":             "flink-sql-connector-mongodb-cdc",
	"iceberg":                 "iceberg-flink-runtime",
	"paimon":                  "paimon-flink",
	"hudi":                    "hudi-flink-bundle",
	"delta":                   "delta-flink",
	"avro":                    "flink-sql-avro",
	"avro-confluent":          "flink-sql-avro-confluent-registry",
	"debezium-avro-confluent": "flink-sql-avro-confluent-registry",
	"parquet":                 "flink-sql-parquet",
	"orc":                     "flink-sql-orc",
	"protobuf":                "flink-sql-protobuf",
}

// JarOf names the artifact that brings a connector, format or catalog, in words;
// "" for one that is not known.
func JarOf(identifier string) string { return jars[identifier] }
