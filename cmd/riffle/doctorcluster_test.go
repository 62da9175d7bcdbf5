package main

import (
	"runtime"
	"strings"
	"testing"

	"riffle/session/flink"
	"riffle/session/flink/dist"
)

// What riffle doctor says about clusters.
func TestDoctorJudgesClusters(t *testing.T) {
	arch := map[string]string{"amd64": "amd64", "arm64": "aarch64"}[runtime.GOARCH]
	worker := map[string]string{"riffle.functions.worker": "/opt/riffle/riffle-worker"}
	checkpoints := map[string]string{"execution.checkpointing.interval": "10 s"}
	for _, c := range []struct {
		judge    func(flink.ClusterFacts) finding
		cluster  flink.ClusterFacts
		severity severity
		says     string
	}{
		{judgeVersion, flink.ClusterFacts{Version: dist.Version}, fine, "Flink " + dist.Version},
		{judgeVersion, flink.ClusterFacts{Version: "2.3-SNAPSHOT"}, fine, "Flink 2.3-SNAPSHOT"},
		{judgeVersion, flink.ClusterFacts{Version: "2.2.0"}, missing, "the cluster runs Flink 2.2.0, and riffle supports Flink 2.3"},
		{judgeSlots, flink.ClusterFacts{Slots: 8, Free: 3, TaskManagers: 2}, fine, "8 slots in 2 TaskManagers, 3 of them free"},
		{judgeSlots, flink.ClusterFacts{Slots: 1, TaskManagers: 1}, degraded, "jobs wait until others end"},
		{judgeSlots, flink.ClusterFacts{}, degraded, "no TaskManager has registered"},
		{judgeRecovery, flink.ClusterFacts{}, degraded, "jobs have no checkpoints"},
		{judgeRecovery, flink.ClusterFacts{Options: checkpoints}, fine, "a checkpoint every 10 s, and restarts by exponential-delay"},
		{judgeFunctions, flink.ClusterFacts{Arch: "s390x", Python: true}, degraded, "and the cluster runs on linux/s390x; SQL works"},
		{judgeFunctions, flink.ClusterFacts{Arch: arch, Version: "2.3.0"}, degraded, "put flink-python-2.3.0.jar into the lib folder"},
		{judgeFunctions, flink.ClusterFacts{Arch: arch, Python: true}, fine, "sends riffle's worker, 13 MB"},
		{judgeFunctions, flink.ClusterFacts{Arch: arch, Python: true, Options: worker}, fine, "flink-python and riffle's worker are in the image"},
	} {
		f := c.judge(c.cluster)
		if f.severity != c.severity || !strings.Contains(f.is+" "+f.next, c.says) {
			t.Errorf("%+v: %+v, want %s %s", c.cluster, f, c.severity, c.says)
		}
	}
}
