package flink

import (
	"regexp"
	"slices"

	"riffle/session/gateway"
)

// placeRules match errors whose next step depends on where they were thrown: in riffle's JVM, with the cluster in it, or
// on an existing cluster.
var placeRules = []rule{
	where(`(?:Could not acquire the minimum required resources|Timeout has occurred: PT)`, gateway.Diagnosis{
		Message: "Flink's cluster does not have enough free slots", Cluster: true, NoSlots: true,
		Hint: "SET a lower 'parallelism.default'",
	}, gateway.Diagnosis{
		Message: "the cluster does not have enough free slots", Cluster: true, NoSlots: true,
		Hint: "SET a lower 'parallelism.default', or wait until other jobs have ended: SHOW JOBS lists them",
	}),
	where(`(.+\.jar) \(No such file or directory\)$`, gateway.Diagnosis{
		Message: "the jar $1 was added to this session, but the file has been deleted", Cluster: true,
		Hint: "restore the file, or REMOVE JAR '$1'",
	}, lostJar),
	where(`((?:/|[A-Z]:).+\.jar)$`, gateway.Diagnosis{ // Java's whole message for a missing file
		Message: "the jar $1 has been deleted while Flink used it", Cluster: true,
		Hint: "restart riffle, which downloads Flink again",
	}, lostJar),
	where(`No space left on device`, gateway.Diagnosis{
		Message: "the disk is full", Cluster: true,
		Hint: "free some space, or start riffle with TMPDIR set to a folder on another disk",
	}, gateway.Diagnosis{
		Message: "a disk of the cluster is full", Cluster: true,
		Hint: "free some space on the machines of the cluster: its processes keep temporary files in io.tmp.dirs",
	}),
	where(`(?:The TaskExecutor is shutting down|TaskManager with id .* is no longer reachable|Heartbeat of TaskManager with id .* timed out|Connection unexpectedly closed by remote task manager)`, gateway.Diagnosis{
		Message: "Flink's cluster lost its TaskManager, and the job failed", Cluster: true,
		Hint: "run it again: a new TaskManager is running. Flink's log has the reason",
	}, gateway.Diagnosis{
		Message: "the cluster lost a TaskManager of the job", Cluster: true,
		Hint: "run it again if the cluster has other TaskManagers. The JobManager's log has the reason",
	}),
	where(`File (.+?) does not exist or the user running Flink`, gateway.Diagnosis{
		Message: "$1 does not exist or is not readable",
	}, gateway.Diagnosis{
		Message: "$1 does not exist or is not readable on the cluster",
		Hint:    "files are read on the machines of the cluster, not on this one",
	}),
	where(`Could not find a file system implementation for scheme '(.+?)'\. The scheme is directly supported by Flink through the following plugin\(s\): (.+?)\. `, gateway.Diagnosis{
		Message: "the file system for $1:// is not installed; it is in Flink's plugins $2",
	}, gateway.Diagnosis{
		Message: "the file system for $1:// is not installed on the cluster; it is in Flink's plugins $2",
	}),
	where(`Could not find a file system implementation for scheme '(.+?)'`, gateway.Diagnosis{
		Message: "Flink has no file system for $1://", Hint: "if Hadoop supports it: " + withHadoopPath,
	}, gateway.Diagnosis{
		Message: "the cluster's Flink has no file system for $1://", Hint: "if Hadoop supports it, " + hadoopPathThere,
	}),
}

// lostJar is about a jar that an existing cluster used.
var lostJar = gateway.Diagnosis{
	Message: "the jar $1 is missing on a machine of the cluster", Cluster: true,
	Hint: "restore it there, and restart the processes of the cluster that use it",
}

// where returns a rule with two diagnoses: of an error in riffle's JVM, and of one on an existing cluster.
func where(text string, here, there gateway.Diagnosis) rule {
	r, other := on(text, here), on(text, there)
	say := r.say
	r.say = func(f *exception, found []string) gateway.Diagnosis {
		if f.thrownThere() {
			return other.say(f, found)
		}
		return say(f, found)
	}
	return r
}

// thrownThere reports whether the exception was thrown on an existing cluster: by a job, or by what the gateway had
// requested there.
func (f *exception) thrownThere() bool {
	return f.remote && (f.ofJob || slices.ContainsFunc(f.Causes, func(c cause) bool { return answers.MatchString(c.Class) }))
}

// answers matches the exceptions in which a cluster's answers to requests arrive, and those of savepoints.
var answers = regexp.MustCompile(`^org\.apache\.flink\.runtime\.(?:rest\.util\.RestClientException|checkpoint\.)`)
