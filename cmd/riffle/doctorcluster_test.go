package main

import (
	"strings"
	"testing"

	"riffle/session/flink"
	"riffle/session/flink/dist"
)

// What riffle doctor says about clusters.
func TestDoctorJudgesClusters(t *testing.T) {
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
	} {
		f := c.judge(c.cluster)
		if f.severity != c.severity || !strings.Contains(f.is+" "+f.next, c.says) {
			t.Errorf("%+v: %+v, want %s %s", c.cluster, f, c.severity, c.says)
		}
	}
}
