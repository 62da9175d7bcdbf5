package flink

import (
	"strings"
	"testing"
)

// A message about a cluster is true for the cluster on which the job ran.
func TestWhereAFailureWas(t *testing.T) {
	for _, c := range []struct{ message, here, hereHint, there, thereHint string }{
		{
			"Could not acquire the minimum required resources.",
			"Flink's cluster does not have enough free slots", "SET a lower",
			"the cluster does not have enough free slots", "SHOW JOBS lists them",
		}, {
			"/tmp/x.jar (No such file or directory)",
			"the jar /tmp/x.jar was added to this session, but the file has been deleted", "REMOVE JAR '/tmp/x.jar'",
			"the jar /tmp/x.jar is missing on a machine of the cluster", "restore it there",
		}, {
			"/cache/flink/x.jar",
			"the jar /cache/flink/x.jar has been deleted while Flink used it", "restart riffle",
			"the jar /cache/flink/x.jar is missing on a machine of the cluster", "restore it there",
		}, {
			"No space left on device",
			"the disk is full", "start riffle with TMPDIR",
			"a disk of the cluster is full", "io.tmp.dirs",
		}, {
			"TaskManager with id 127.0.0.1:1-a is no longer reachable.",
			"Flink's cluster lost its TaskManager, and the job failed", "a new TaskManager is running",
			"the cluster lost a TaskManager of the job", "if the cluster has other TaskManagers",
		}, {
			"Heartbeat of TaskManager with id 127.0.0.1:1-a timed out.",
			"Flink's cluster lost its TaskManager, and the job failed", "a new TaskManager is running",
			"the cluster lost a TaskManager of the job", "if the cluster has other TaskManagers",
		}, {
			"File /data/orders does not exist or the user running Flink ('flink') has insufficient permissions to access it.",
			"/data/orders does not exist or is not readable", "",
			"/data/orders does not exist or is not readable on the cluster", "on the machines of the cluster",
		}, {
			"Could not find a file system implementation for scheme 's3'. The scheme is directly supported by Flink through the following plugin(s): flink-s3-fs-hadoop. Please",
			"the file system for s3:// is not installed; it is in Flink's plugins flink-s3-fs-hadoop", "",
			"the file system for s3:// is not installed on the cluster; it is in Flink's plugins flink-s3-fs-hadoop", "",
		}, {
			"Could not find a file system implementation for scheme 'x'. The scheme is not directly supported by Flink",
			"Flink has no file system for x://", "start riffle with HADOOP_CLASSPATH",
			"the cluster's Flink has no file system for x://", "the processes of the cluster need HADOOP_CLASSPATH",
		},
	} {
		here := exception{Causes: []cause{{Class: "java.io.IOException", Message: c.message}}, ofJob: true}
		requested := here // a request of the gateway to the cluster
		requested.Causes = append([]cause{{Class: "org.apache.flink.runtime.rest.util.RestClientException", Message: "failed"}}, here.Causes...)
		requested.remote, requested.ofJob = true, false
		gateway := here // with a session on an existing cluster
		gateway.remote, gateway.ofJob = true, false
		there := here
		there.remote = true
		for name, w := range map[string]struct {
			f             exception
			message, hint string
		}{
			"a job here": {here, c.here, c.hereHint}, "the gateway": {gateway, c.here, c.hereHint},
			"a job there": {there, c.there, c.thereHint}, "a request": {requested, c.there, c.thereHint},
		} {
			if d := w.f.diagnose(); d.Message != w.message || !strings.Contains(d.Hint, w.hint) {
				t.Errorf("%s in %s: %q, hint %q; want %q, %q", c.message, name, d.Message, d.Hint, w.message, w.hint)
			}
		}
	}
	lost := exception{InJars: true, remote: true, ofJob: true, Causes: []cause{{Class: "java.lang.NoClassDefFoundError", Message: "com/example/Codec"}}}
	if d := lost.diagnose(); !strings.Contains(d.Hint, "lib folder of the cluster") {
		t.Errorf("%+v", d)
	}
}
