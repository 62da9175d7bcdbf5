package flink

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// slots is the number of tasks that the embedded cluster can run at a time. Idle slots cost
// little, and a shell with a dozen open streams should not run out of them.
const slots = 64

// loggingFile is the log4j configuration in a gateway's folder.
const loggingFile = "log4j2.properties"

// addOpens are the packages of the JVM that Flink's own scripts open (env.java.opts.all of its
// default configuration), and the one that its Arrow needs.
const addOpens = `java.base/java.lang java.base/java.net java.base/java.io java.base/java.nio
java.base/sun.nio.ch java.base/java.lang.reflect java.base/java.text java.base/java.time
java.base/java.util java.base/java.util.concurrent java.base/java.util.concurrent.atomic
java.base/java.util.concurrent.locks`

const addExports = `java.base/sun.net.util java.rmi/sun.rmi.registry java.security.jgss/sun.security.krb5
jdk.compiler/com.sun.tools.javac.api jdk.compiler/com.sun.tools.javac.file
jdk.compiler/com.sun.tools.javac.parser jdk.compiler/com.sun.tools.javac.tree jdk.compiler/com.sun.tools.javac.util`

// arguments returns the JVM's command line, and writes the files it refers to.
func (l Launch) arguments() ([]string, error) {
	tmp := filepath.Join(l.Dir, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return nil, fmt.Errorf("make the JVM's temporary folder: %w", err)
	}
	logging := filepath.Join(l.Dir, loggingFile)
	if err := os.WriteFile(logging, []byte(log4j), 0o600); err != nil {
		return nil, fmt.Errorf("configure the Flink log: %w", err)
	}
	args := []string{
		// The serial collector is as fast as G1 on a shell's heap, starts sooner and takes less
		// memory. All compilers stay enabled: with C1 alone, the JVM starts faster but runs
		// queries at a third of the speed.
		"-XX:+UseSerialGC", "-XX:+IgnoreUnrecognizedVMOptions", "-Xshare:auto",
		// All compilers stay enabled, but the optimizing one starts later: a start is bound by
		// the processors, a third of which it took, and queries were not slower.
		"-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
		"-XX:Tier4CompileThreshold=150000", "-XX:Tier4BackEdgeThreshold=400000",
		"-XX:+ExitOnOutOfMemoryError",                         // after it has run out of memory once, its state is unknown
		"-XX:ErrorFile=" + filepath.Join(l.Dir, "hs_err.log"), // not where the user works
		"-Dfile.encoding=UTF-8", "-Djava.io.tmpdir=" + tmp,
		"-Dlog.file=" + l.LogFile(), "-Dlog4j.configurationFile=" + logging,
	}
	args = append(args, l.archiveArguments()...)
	for _, door := range strings.Fields(addOpens) {
		args = append(args, "--add-opens="+door+"=ALL-UNNAMED")
	}
	for _, door := range strings.Fields(addExports) {
		args = append(args, "--add-exports="+door+"=ALL-UNNAMED")
	}
	path := l.ClassPath
	if !l.Record {
		path = slices.Concat(path, l.Hadoop) // an archive fits class paths that begin with its own
	}
	return append(args, "-cp", strings.Join(path, string(os.PathListSeparator)), "riffle.gateway.Main"), nil
}

func (l Launch) archiveArguments() []string {
	switch {
	case l.Archive == "":
		return nil
	case l.Record:
		return []string{"-XX:ArchiveClassesAtExit=" + l.Archive}
	}
	if !markUsed(l.Archive) {
		return nil
	}
	return []string{"-XX:SharedArchiveFile=" + l.Archive}
}

// sharedOptions returns riffle's settings of the table environment on an existing cluster. The
// cluster's options apply to its jobs, except those that JobOptions.java sets for queries.
func sharedOptions() map[string]string {
	return map[string]string{"execution.runtime-mode": "streaming"}
}

// environmentOptions returns riffle's settings of the table environment on the embedded cluster.
// A session overrides them with SET.
func environmentOptions() map[string]string {
	return merged(sharedOptions(), map[string]string{
		"parallelism.default": "1",
		// A restarted query would begin its table again, so restarts are off by default.
		"restart-strategy.type": "none",
	})
}

// clusterOptions returns riffle's settings of the embedded cluster. All its ports are on
// loopback; Flink's blob server binds the wildcard address unless jobmanager.bind-host is set.
func clusterOptions(dir string) map[string]string {
	const loopback = "127.0.0.1"
	return map[string]string{
		"rest.address":                  loopback,
		"rest.bind-address":             loopback,
		"rest.port":                     "0",
		"rest.bind-port":                "0",
		"jobmanager.rpc.address":        loopback,
		"jobmanager.bind-host":          loopback,
		"taskmanager.host":              loopback,
		"taskmanager.bind-host":         loopback,
		"web.submit.enable":             "false",
		"io.tmp.dirs":                   filepath.Join(dir, "tmp"),
		"taskmanager.numberOfTaskSlots": strconv.Itoa(slots),
		// Network buffers are allocated at the start, managed memory when it is used.
		"taskmanager.memory.network.min":  "64mb",
		"taskmanager.memory.network.max":  "64mb",
		"taskmanager.memory.managed.size": strconv.Itoa(slots*8*max(1, runtime.NumCPU()/4)) + "mb",
		// There is no Kerberos ticket to pass on.
		"security.delegation.tokens.enabled": "false",
		// A shell's jobs are submitted one by one, so waiting to collect more requests gains
		// nothing.
		"slotmanager.requirement-check.delay":       "0 ms",
		"slotmanager.declare-needed-resource.delay": "0 ms",
		"slot.request.max-interval":                 "1 ms",
		// A job waits this long for slots, whether or not a TaskManager is running: a lost one
		// is replaced within seconds.
		"slot.request.timeout":                     "30 s",
		"resourcemanager.standalone.start-up-time": strconv.FormatInt(math.MaxInt32, 10), // ms
		// The whole job restarts; otherwise a result would contain the rows of a subtask twice.
		// All of it runs in one process anyway.
		"jobmanager.execution.failover-strategy": "full",
		// Health shows the last second. Flink asks its tasks only when it is asked itself.
		"metrics.fetcher.update-interval": "1 s",
		"web.refresh-interval":            "1 s",
		// A finished job's history is kept by the session, not by the cluster.
		"jobstore.max-capacity": "16",
	}
}

func merged(base, over map[string]string) map[string]string {
	m := maps.Clone(base)
	maps.Copy(m, over)
	return m
}

const log4j = `rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
# 160 lines at each start about classes of the SQL parser that are no POJOs.
logger.types.name = org.apache.flink.api.java.typeutils.TypeExtractor
logger.types.level = WARN
appender.file.name = File
appender.file.type = RollingFile
appender.file.fileName = ${sys:log.file}
appender.file.filePattern = ${sys:log.file}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 50MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
`
