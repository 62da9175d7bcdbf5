//go:build long

package session_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// TestQuickstart runs the example of the README and compares each of its answers with that of a
// different query: on integers, without the function, without windows, and in batch mode.
func TestQuickstart(t *testing.T) {
	text, err := os.ReadFile("../examples/quickstart.sql")
	if err != nil {
		t.Fatal(err)
	}
	cell := session.Cell{Text: string(text), Name: "quickstart.sql"}
	var got []sessiontest.Outcome
	for _, st := range cell.Statements() {
		reply, err := shared.Execute(t.Context(), st, query.Lossless)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		if reply.Events != nil {
			got = append(got, sessiontest.Drain(t, reply.Events))
		}
	}
	defer run(t, "RESET; DROP TABLE orders")
	run(t, sessiontest.SequenceTable("plain", 10_000)+"; CREATE TEMPORARY VIEW cents AS SELECT id, MOD(id * 7919, 100000) AS c FROM plain")
	want := []string{
		`SELECT id, p, c / 1e2 FROM cents JOIN (VALUES (0, 'tea'), (1, 'coffee'), (2, '珈琲')) AS names(k, p) ON MOD(id, 3) = k
			WHERE c > 99800`,
		`SELECT 'gold', COUNT(*), ROUND(SUM(c) / 1e2 / COUNT(*), 2) FROM cents WHERE c >= 90000
			UNION ALL SELECT 'silver', COUNT(*), ROUND(SUM(c) / 1e2 / COUNT(*), 2) FROM cents WHERE c BETWEEN 50000 AND 89999
			UNION ALL SELECT 'plain', COUNT(*), ROUND(SUM(c) / 1e2 / COUNT(*), 2) FROM cents WHERE c < 50000`,
		`SELECT CAST(TO_TIMESTAMP_LTZ(w * 300000, 3) AS TIMESTAMP(3)), CAST(TO_TIMESTAMP_LTZ((w + 1) * 300000, 3) AS TIMESTAMP(3)), n, d
			FROM (SELECT id / 3000 AS w, COUNT(*) AS n, MAX(c) / 1e2 AS d FROM cents GROUP BY id / 3000)`,
		`SELECT p, COUNT(*), SUM(c) / 1e2 FROM cents JOIN (VALUES (0, 'tea'), (1, 'coffee'), (2, '珈琲')) AS names(k, p)
			ON MOD(id, 3) = k GROUP BY p`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i, sql := range want {
		independent := sessiontest.Drain(t, run(t, sql).Events)
		if len(got[i].Table) == 0 || !slices.Equal(roundedRows(got[i].Table), roundedRows(independent.Table)) {
			t.Errorf("answer %d: %q (%v)\nindependently: %q", i+1, got[i].Table, got[i].Ended.Err, independent.Table)
		}
	}
	for i, updating := range []bool{false, true, false, false} {
		if got[i].Started.Updating() != updating {
			t.Errorf("answer %d: updating %v", i+1, !updating)
		}
	}
}

// roundedRows rewrites the numbers in rows to two decimals: sums of doubles
// differ in the last digits with the order of the summands.
func roundedRows(rows []string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		fields := strings.Fields(row)
		for k, field := range fields {
			if n, err := strconv.ParseFloat(field, 64); err == nil {
				fields[k] = strconv.FormatFloat(n, 'f', 2, 64)
			}
		}
		out[i] = strings.Join(fields, " ")
	}
	slices.Sort(out)
	return out
}
