package flink_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session/flink"
)

// The jars of HADOOP_CLASSPATH are on Flink's own class path: TestMain names a folder with one,
// whose function needs no ADD JAR. The class-data archive is used nevertheless.
func TestHadoopClassPath(t *testing.T) {
	run(t, "CREATE TEMPORARY FUNCTION ToURI AS 'example.ToURI'")
	defer run(t, "DROP TEMPORARY FUNCTION ToURI")
	q := query(t, "SELECT CAST(ToURI('http://x/') AS STRING)")
	d, err := q.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Record.Release()
	if got := d.Record.Column(0).ValueStr(0); got != "http://x/" {
		t.Errorf("%q", got)
	}
}

func TestHadoopPath(t *testing.T) {
	home := t.TempDir()
	conf := filepath.Join(home, "etc", "hadoop")
	if err := os.MkdirAll(conf, 0o700); err != nil {
		t.Fatal(err)
	}
	list := func(entries ...string) string { return strings.Join(entries, string(filepath.ListSeparator)) }
	for _, c := range []struct {
		environment map[string]string
		want        []string
	}{
		{nil, nil},
		{map[string]string{"HADOOP_CLASSPATH": list("/h/*", "", "/h/conf")}, []string{"/h/*", "/h/conf"}},
		{map[string]string{"HADOOP_HOME": home, "HADOOP_CLASSPATH": "/h/*"}, []string{"/h/*", conf}},
		{map[string]string{"HADOOP_HOME": home, "HADOOP_CONF_DIR": "/c", "YARN_CONF_DIR": "/y"}, []string{"/c", "/y"}},
	} {
		if got := flink.HadoopPath(func(name string) string { return c.environment[name] }); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q", c.environment, got)
		}
	}
}

// The advice about a missing class is never something that was already done.
func TestMissingClasses(t *testing.T) {
	for _, c := range []struct {
		class         string
		inJars        bool
		message, hint string
	}{
		{"org/apache/hadoop/conf/Configuration", false, "this needs Hadoop's classes, which were not found", "jar org.apache.hadoop:hadoop-client-runtime:"},
		{"org/apache/hadoop/conf/Configuration", true, "Flink itself needs Hadoop for this", "HADOOP_CLASSPATH"},
		{"org.apache.hadoop.hive.conf.HiveConf", false, "this needs the class org.apache.hadoop.hive.conf.HiveConf, which was not found", "the package org.apache.hadoop.hive.conf:"},
		{"org/apache/flink/streaming/api/functions/source/SourceFunction", false, "a jar of the session is for Flink 1, and this is Flink 2.3.0", "a release of the connector for Flink 2"},
		{"org/postgresql/Driver", false, "the database's driver org.postgresql.Driver is missing", "jar org.postgresql:postgresql:"},
		{"org/postgresql/Driver", true, "Flink itself needs the class org.postgresql.Driver", "HADOOP_CLASSPATH"},
	} {
		if d := flink.DiagnoseMissing(c.class, c.inJars); !strings.HasPrefix(d.Message, c.message) || !strings.Contains(d.Hint, c.hint) || c.inJars && strings.Contains(d.Hint, "ADD JAR") {
			t.Errorf("%+v: %q, %q", c, d.Message, d.Hint)
		}
	}
}
