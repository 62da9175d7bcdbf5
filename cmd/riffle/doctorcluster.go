package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"riffle/render"
	"riffle/session/flink"
	"riffle/session/flink/dist"
)

// clusterCheckups returns the checkups of an existing cluster.
func clusterCheckups(ctx context.Context, address string) []checkup {
	facts, err := flink.Inspect(ctx, address)
	answers := finding{fine, address + " answers", ""}
	if none, is := errors.AsType[*flink.NoClusterError](err); is {
		answers = finding{missing, none.Message, none.NextStep}
	}
	all := []checkup{{"cluster", func(context.Context) finding { return answers }}}
	if err != nil {
		return all
	}
	for _, c := range []struct {
		what  string
		judge func(flink.ClusterFacts) finding
	}{
		{"version", judgeVersion},
		{"jobmanager", judgeJobManager},
		{"slots", judgeSlots},
		{"recovery", judgeRecovery},
		{"functions", judgeFunctions},
	} {
		all = append(all, checkup{c.what, func(context.Context) finding { return c.judge(facts) }})
	}
	return all
}

func judgeVersion(c flink.ClusterFacts) finding {
	supported := minorOf(dist.Version)
	if minorOf(c.Version) != supported {
		return finding{missing, "the cluster runs Flink " + c.Version + ", and riffle supports Flink " + supported, "use a cluster with Flink " + supported}
	}
	return finding{fine, "Flink " + c.Version, ""}
}

// minorOf returns the first two numbers of a version.
func minorOf(version string) string {
	parts := strings.FieldsFunc(version, func(r rune) bool { return r == '.' || r == '-' })
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func judgeJobManager(c flink.ClusterFacts) finding {
	return finding{fine, c.Java + ", " + c.Arch, ""}
}

func judgeSlots(c flink.ClusterFacts) finding {
	is := fmt.Sprintf("%s in %s, %d of them free", render.Counted(c.Slots, "slot"), render.Counted(c.TaskManagers, "TaskManager"), c.Free)
	switch {
	case c.Slots == 0:
		return finding{degraded, "no TaskManager has registered", "start a TaskManager; on a cluster that starts them for jobs, the first job waits for one"}
	case c.Free == 0:
		return finding{degraded, is, "jobs wait until others end: stop some (SHOW JOBS lists them), or add a TaskManager"}
	}
	return finding{fine, is, ""}
}

// judgeRecovery reports what happens to an INSERT after a failure.
func judgeRecovery(c flink.ClusterFacts) finding {
	interval, isSet := c.Options["execution.checkpointing.interval"]
	if !isSet {
		return finding{degraded, "jobs have no checkpoints: after a failure, an INSERT fails for good, and files are never committed",
			"SET 'execution.checkpointing.interval' = '10 s' before an INSERT, or set it in the cluster's configuration"}
	}
	restarts := c.Options["restart-strategy.type"]
	if restarts == "" {
		restarts = "exponential-delay"
	}
	return finding{fine, fmt.Sprintf("an INSERT has a checkpoint every %s, and restarts by %s", interval, restarts), ""}
}

// judgeFunctions reports what Go functions cost. docs/clusters.md has the figures, too.
func judgeFunctions(c flink.ClusterFacts) finding {
	here := runtime.GOOS + "/" + runtime.GOARCH
	switch {
	case c.Platform() != here:
		return finding{degraded, "riffle compiles Go functions for " + here + ", and the cluster runs on " + c.Platform() + "; SQL works",
			"for functions, run riffle on a machine of the cluster's kind, such as a container"}
	case !c.Python:
		return finding{degraded, "flink-python is not in lib: each query or INSERT with Go functions sends 42 MB, and starts some seconds later",
			"put flink-python-" + c.Version + ".jar into the lib folder of the cluster's image (docs/clusters.md)"}
	case c.Worker() == "":
		return finding{fine, "each query or INSERT with Go functions sends riffle's worker, 13 MB", ""}
	}
	return finding{fine, "flink-python and riffle's worker are in the image", ""}
}
