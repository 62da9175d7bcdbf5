package flink

import (
	"fmt"

	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/session/mention"
)

// jar is an artifact that contains something that Flink itself does not have.
type jar struct {
	name string // for messages
	// add is the command to type; "" if no release is known to work with this Flink, or if one
	// jar is not enough.
	add string
	// unusable says that no release works with this Flink; "" if one does or may.
	unusable string
}

// ofFlinks returns an artifact that is released together with Flink.
func ofFlinks(name string) jar {
	return jar{name: name, add: mention.Command("jar org.apache.flink:" + name + ":" + dist.Version)}
}

// withHadoop returns one that runs on Hadoop's classes, and does not bring them.
func withHadoop(j jar) jar {
	return jar{name: j.name + " and Hadoop", add: j.add + " and " + addHadoop}
}

// Flink CDC 3.5.0 needs classes that Flink 2 does not have, and the connector for Hive has no release for
// Flink 2.
const (
	noRelease    = ", of which no release is known to work with Flink 2.3"
	insteadOfCDC = "; with Debezium and Kafka, use the connector kafka and the format debezium-json"
)

const addHadoop = mention.Mark + "jar org.apache.hadoop:hadoop-client-runtime:3.4.1"

// jars lists artifacts by the identifier in WITH ('connector' = …) or 'format' = …: those that
// Flink's documentation, or the project that it refers to, names.
var jars = map[string]jar{
	"kafka":                   {name: "flink-sql-connector-kafka", add: mention.Command("jar org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2")},
	"upsert-kafka":            {name: "flink-sql-connector-kafka", add: mention.Command("jar org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2")},
	"jdbc":                    {name: "flink-connector-jdbc-core and the database's driver", add: mention.Command("jar org.apache.flink:flink-connector-jdbc-core:" + jdbcVersion)},
	"elasticsearch-7":         {name: "flink-sql-connector-elasticsearch7"},
	"elasticsearch-8":         {name: "flink-sql-connector-elasticsearch8"},
	"opensearch":              {name: "flink-sql-connector-opensearch"},
	"opensearch-2":            {name: "flink-sql-connector-opensearch2"},
	"mongodb":                 {name: "flink-sql-connector-mongodb"},
	"kinesis":                 {name: "flink-sql-connector-aws-kinesis-streams"},
	"firehose":                {name: "flink-sql-connector-aws-kinesis-firehose"},
	"dynamodb":                {name: "flink-sql-connector-dynamodb"},
	"hbase-2.2":               {name: "flink-sql-connector-hbase-2.2"},
	"hbase-2.6":               {name: "flink-sql-connector-hbase-2.6"},
	"pulsar":                  {name: "flink-sql-connector-pulsar"},
	"hive":                    {name: "flink-sql-connector-hive-3.1.3", unusable: noRelease},
	"mysql-cdc":               {name: "flink-sql-connector-mysql-cdc", unusable: noRelease + insteadOfCDC},
	"postgres-cdc":            {name: "flink-sql-connector-postgres-cdc", unusable: noRelease + insteadOfCDC},
	"oracle-cdc":              {name: "flink-sql-connector-oracle-cdc", unusable: noRelease + insteadOfCDC},
	"sqlserver-cdc":           {name: "flink-sql-connector-sqlserver-cdc", unusable: noRelease + insteadOfCDC},
	"mongodb-cdc":             {name: "flink-sql-connector-mongodb-cdc", unusable: noRelease + insteadOfCDC},
	"iceberg":                 withHadoop(jar{name: "iceberg-flink-runtime", add: mention.Command("jar org.apache.iceberg:iceberg-flink-runtime-2.0:1.10.0")}),
	"paimon":                  withHadoop(jar{name: "paimon-flink", add: mention.Command("jar org.apache.paimon:paimon-flink-2.0:1.4.2")}),
	"hudi":                    {name: "hudi-flink-bundle"},
	"delta":                   {name: "delta-flink"},
	"avro":                    ofFlinks("flink-sql-avro"),
	"avro-confluent":          ofFlinks("flink-sql-avro-confluent-registry"),
	"debezium-avro-confluent": ofFlinks("flink-sql-avro-confluent-registry"),
	"parquet":                 withHadoop(ofFlinks("flink-sql-parquet")),
	"orc":                     withHadoop(ofFlinks("flink-sql-orc")),
	"protobuf":                ofFlinks("flink-sql-protobuf"),
}

// dialects lists the jars of Flink that let the connector jdbc use a database, with the driver
// that they need. The key is the word after jdbc: in the URL.
var dialects = map[string]struct{ artifact, driver string }{
	"postgresql": {"flink-connector-jdbc-postgres", "org.postgresql:postgresql:42.7.4"},
	"mysql":      {"flink-connector-jdbc-mysql", "com.mysql:mysql-connector-j:9.1.0"},
	"oracle":     {"flink-connector-jdbc-oracle", "com.oracle.database.jdbc:ojdbc11:23.6.0.24.10"},
	"sqlserver":  {"flink-connector-jdbc-sqlserver", "com.microsoft.sqlserver:mssql-jdbc:12.8.1.jre11"},
	"db2":        {"flink-connector-jdbc-db2", "com.ibm.db2:jcc:12.1.0.0"},
}

// noDialect diagnoses a URL for which no jar of the connector jdbc has a dialect.
func noDialect(_ *exception, found []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Message: "the connector jdbc has no dialect here for jdbc:" + found[1]}
	if dialect, known := dialects[found[1]]; known {
		d.Hint = fmt.Sprintf("add it and the driver: %s and %s",
			mention.Command("jar org.apache.flink:"+dialect.artifact+":"+jdbcVersion), mention.Command("jar "+dialect.driver))
	} else {
		d.Hint = "add the jar that has it: ADD JAR '/path/to/the.jar'"
	}
	return d
}

// jdbcVersion is the version of the connector jdbc and its dialects.
const jdbcVersion = "4.0.0-2.0"

// jarOf names the jar that contains a connector, format or catalog, and how to add it; "" if
// the jar is unknown. The command in it is marked, see package mention.
func jarOf(identifier string) string {
	jar, known := jars[identifier]
	switch {
	case !known:
		return ""
	case jar.unusable != "":
		return jar.name + jar.unusable
	case jar.add == "":
		return fmt.Sprintf("%s: ADD JAR '/path/to/the.jar', or start riffle with -j FILE", jar.name)
	}
	return jar.name + ": " + jar.add
}
