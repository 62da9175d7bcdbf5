package flink

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"riffle/session/flink/dist"
	"riffle/session/gateway"
	"riffle/session/mention"
)

// hadoopPath returns what Flink's own scripts put on the class path after Flink: the jars of
// HADOOP_CLASSPATH, and the folders of Hadoop's configuration. The path may contain wildcards,
// which Java expands.
func hadoopPath(getenv func(string) string) []string {
	path := entries(getenv("HADOOP_CLASSPATH"))
	configuration := entries(getenv("HADOOP_CONF_DIR"))
	if home := getenv("HADOOP_HOME"); home != "" && len(configuration) == 0 {
		for _, dir := range []string{filepath.Join(home, "conf"), filepath.Join(home, "etc", "hadoop")} {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				configuration = append(configuration, dir)
			}
		}
	}
	path = append(path, configuration...)
	return append(path, entries(getenv("YARN_CONF_DIR"))...)
}

// entries splits a class path. It drops empty entries, which Java would take for the working
// directory.
func entries(path string) []string {
	var list []string
	for _, entry := range filepath.SplitList(path) {
		if entry != "" {
			list = append(list, entry)
		}
	}
	return list
}

// withHadoopPath is how Flink itself gets Hadoop's classes.
const withHadoopPath = "start riffle with HADOOP_CLASSPATH in its environment: what `hadoop classpath` prints, or the paths of Hadoop's jars"

const hadoopPathThere = "the processes of the cluster need HADOOP_CLASSPATH in their environment"

// noClass returns the diagnosis of a class that was not found.
func noClass(f *exception, name string) gateway.Diagnosis {
	name = strings.ReplaceAll(name, "/", ".")
	f.ofClass = true
	dot := strings.LastIndexByte(name, '.')
	hadoop := hadoops.MatchString(name)
	hadoopHint, classHint := withHadoopPath, "start riffle with HADOOP_CLASSPATH=/path/to/the.jar in its environment: its jars are loaded together with Flink"
	if f.thrownThere() {
		hadoopHint, classHint = hadoopPathThere, "put its jar into the lib folder of the cluster's Flink"
	}
	switch {
	case removedClasses.MatchString(name):
		return gateway.Diagnosis{
			Message: "a jar of the session is for Flink 1, and this is Flink " + dist.Version + ": it needs the class " + name,
			Hint:    "use a release of the connector for Flink 2",
		}
	case f.InJars && hadoop:
		return gateway.Diagnosis{
			Message: "Flink itself needs Hadoop for this, and the session's jars are for connectors, catalogs and functions",
			Hint:    hadoopHint,
		}
	case f.InJars:
		return gateway.Diagnosis{
			Message: "Flink itself needs the class " + name + ", and the session's jars are for connectors, catalogs and functions",
			Hint:    classHint,
		}
	case hadoop:
		return gateway.Diagnosis{Message: "this needs Hadoop's classes, which were not found", Hint: addHadoop}
	}
	for _, dialect := range dialects {
		if group, _, _ := strings.Cut(dialect.driver, ":"); strings.HasPrefix(name, group+".") {
			return gateway.Diagnosis{Message: "the database's driver " + name + " is missing", Hint: mention.Command("jar " + dialect.driver)}
		}
	}
	return gateway.Diagnosis{
		Message: "this needs the class " + name + ", which was not found",
		Hint:    "add the jar that has the package " + name[:max(dot, 0)] + ": ADD JAR '/path/to/the.jar'",
	}
}

// removedClasses matches classes that connectors for Flink 1 use. Flink 2 does not have them.
var removedClasses = regexp.MustCompile(`^org\.apache\.flink\.(?:streaming\.api\.functions\.(?:source|sink)|table\.connector\.(?:source|sink)|api\.connector\.sink|table\.(?:sources|sinks))\.[A-Z]`)

// hadoops matches the classes of Hadoop, but not those of projects whose class names resemble
// Hadoop's.
var hadoops = regexp.MustCompile(`^org\.apache\.hadoop\.(?:conf|crypto|fs|ha|hdfs|http|io|ipc|mapred|mapreduce|metrics2|net|security|service|shaded|tracing|util|yarn)\.`)
