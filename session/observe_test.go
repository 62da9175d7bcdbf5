package session_test

import (
	"fmt"
	"slices"
	"testing"

	"riffle/session"
	"riffle/session/sessiontest"
)

const printing = `
func Say(id int) int { fmt.Println("say", id); return id }
func Warn(id int) int { log.SetFlags(0); log.Print("warn\x1b[2J ", id); return id }
func Chatter(id int) int { fmt.Println(id); return id }`

// What functions print reaches their own query, all of it before its end, whatever else is
// running and whichever subtask printed it.
func TestPrintedReachesTheQuery(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("said", 20)+`; CREATE TEMPORARY TABLE unheard (id BIGINT) WITH ('connector' = 'blackhole');
		SET 'parallelism.default' = '2'`)
	defer run(t, "RESET")
	for _, mode := range []string{"streaming", "batch"} {
		run(t, "SET 'execution.runtime-mode' = '"+mode+"'")
		var queries []session.Reply
		for _, sql := range []string{"SELECT Warn(Say(id)) FROM said", "INSERT INTO unheard SELECT Say(Warn(id)) FROM said"} {
			queries = append(queries, run(t, sql))
		}
		for _, reply := range queries {
			got := sessiontest.Drain(t, reply.Events)
			var lines, want []string
			for _, p := range got.Printed {
				if p.Query != reply.Query.ID() || p.Suppressed != 0 {
					t.Errorf("%s of %s: %+v", mode, reply.Query.ID(), p)
				}
				lines = append(lines, p.Function+": "+p.Text)
			}
			for id := 1; id <= 20; id++ {
				want = append(want, fmt.Sprint("Say: say ", id), fmt.Sprint("Warn: warn\x1b[2J ", id))
			}
			slices.Sort(lines)
			slices.Sort(want)
			if !slices.Equal(lines, want) {
				t.Errorf("%s: %s printed %q, %v", mode, reply.Query.ID(), lines, got.Ended.Err)
			}
		}
	}
}

// A function that prints for every row of many is cut short, and counted.
func TestPrintedTooMuch(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("many", 100_000))
	got := sessiontest.Drain(t, run(t, "SELECT COUNT(Chatter(id)) AS n FROM many").Events)
	lines, held := 0, int64(0)
	for _, p := range got.Printed {
		held += p.Suppressed
		if p.Text != "" {
			lines++
		}
	}
	if lines < 100 || lines > 1000 || int64(lines)+held != 100_000 {
		t.Errorf("%d lines shown, %d held back, %v", lines, held, got.Ended.Err)
	}
}
