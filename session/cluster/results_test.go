package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// results shows that the results of queries are whole and right: rows of all subtasks, all kinds of changes, wide rows,
// and errors.
func results(t *testing.T, m *sessiontest.Mortal) {
	t.Run("values", func(t *testing.T) { values(t, m) })
	t.Run("subtasks", func(t *testing.T) { subtasks(t, m) })
	t.Run("wide rows", func(t *testing.T) { wideRows(t, m) })
	t.Run("changes", func(t *testing.T) { changes(t, m) })
	t.Run("errors", func(t *testing.T) { failures(t, m) })
	t.Run("limit", func(t *testing.T) { limited(t, m) })
}

func values(t *testing.T, m *sessiontest.Mortal) {
	got := m.Table(`SELECT n, CAST(NULL AS INT), 'é𝄞', CAST(TIMESTAMP '2024-02-29 12:34:56.789012345' AS STRING), MAP['a', n],
		INTERVAL '3' DAY, CAST(n AS DECIMAL(38, 10)), ROW(n, 'x') AS r FROM (VALUES (1), (2)) AS v(n)`)
	want := []string{
		`1 (null) é𝄞 2024-02-29 12:34:56.789012345 [{"key":"a","value":1}] 259200000ms 1 {"EXPR$0":1,"EXPR$1":"x"}`,
		`2 (null) é𝄞 2024-02-29 12:34:56.789012345 [{"key":"a","value":2}] 259200000ms 2 {"EXPR$0":2,"EXPR$1":"x"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := m.Table("SELECT n FROM (VALUES (1)) AS v(n) WHERE n > 1"); len(got) != 0 {
		t.Errorf("%q from a query without rows", got)
	}
}

// subtasks fetches rows from six subtasks in two TaskManagers.
func subtasks(t *testing.T, m *sessiontest.Mortal) {
	rows := sample.Of(200_000, 10_000_000)
	m.Do(sessiontest.SequenceTable("numbers", rows) + "; SET 'parallelism.default' = '6'")
	defer m.Do("RESET 'parallelism.default'; DROP TEMPORARY TABLE numbers")
	for mode, reset := range map[string]string{"batch": "streaming", "streaming": "streaming"} {
		m.Do("SET 'execution.runtime-mode' = '" + mode + "'")
		reply, err := m.Try("SELECT id, CAST(id AS STRING) || ' of many' FROM numbers")
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		count, sum := 0, 0
		ended := eachRow(t, reply.Events, func(first int64) { count, sum = count+1, sum+int(first) })
		if want := rows * (rows + 1) / 2; ended.State != query.Finished || count != rows || sum != want {
			t.Errorf("%s: %v, %d rows with sum %d, want %d with %d; %v", mode, ended.State, count, sum, rows, want, ended.Err)
		}
		m.Do("SET 'execution.runtime-mode' = '" + reset + "'")
	}
}

// wideRows fetches rows that are larger than what the JobManager holds of a query.
func wideRows(t *testing.T, m *sessiontest.Mortal) {
	got := m.Table("SELECT CHAR_LENGTH(s), s = REPEAT(CAST(n AS STRING) || 'abcd', 1000000) FROM (SELECT n, REPEAT(CAST(n AS STRING) || 'abcd', 1000000) AS s FROM (VALUES (1), (2), (3)) AS v(n))")
	if want := []string{"5000000 true", "5000000 true", "5000000 true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	reply, err := m.Try("SELECT n, REPEAT(CAST(n AS STRING) || 'abcd', 1000000) FROM (VALUES (1), (2), (3)) AS v(n)")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	out := sessiontest.Drain(t, reply.Events)
	for i, row := range out.Table {
		if n := fmt.Sprint(i + 1); row != n+" "+strings.Repeat(n+"abcd", 1_000_000) {
			t.Errorf("row %s has %d bytes, %.20q…", n, len(row), row)
		}
	}
	if len(out.Table) != 3 || out.Ended.State != query.Finished {
		t.Errorf("%d rows, %v, %v", len(out.Table), out.Ended.State, out.Ended.Err)
	}
}

func changes(t *testing.T, m *sessiontest.Mortal) {
	got := m.Table("SELECT n % 3, COUNT(*), SUM(n) FROM (VALUES (1), (2), (3), (4), (5), (CAST(NULL AS INT))) AS v(n) GROUP BY n % 3")
	if want := []string{"(null) 1 (null)", "0 1 3", "1 2 5", "2 2 7"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	got = m.Table("SELECT n FROM (VALUES (3), (1), (2), (2)) AS v(n) ORDER BY n LIMIT 2")
	if want := []string{"1", "2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func failures(t *testing.T, m *sessiontest.Mortal) {
	m.Do("CREATE TEMPORARY TABLE nowhere (n INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '/nowhere/orders')")
	defer m.Do("DROP TEMPORARY TABLE nowhere")
	for text, want := range map[string]string{
		"SELECT n / 0 FROM (VALUES (1)) AS v(n)":            "division by zero",
		"SELECT CAST(s AS INT) FROM (VALUES ('x')) AS v(s)": "'x'",
		"SELECT nothing FROM (VALUES (1)) AS v(n)":          "there is no column nothing",
		"SELECT n FROM nowhere":                             "files are read on the machines of the cluster",
	} {
		reply, err := m.Try(text)
		if err == nil {
			err = sessiontest.Drain(t, reply.Events).Ended.Err
		}
		if err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// limited ends an unbounded query, whose job is then cancelled.
func limited(t *testing.T, m *sessiontest.Mortal) {
	m.Do("CREATE TEMPORARY TABLE endless (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '500')")
	defer m.Do("DROP TEMPORARY TABLE endless")
	if got := m.Table("SELECT id FROM endless LIMIT 5"); len(got) != 5 {
		t.Errorf("%q", got)
	}
}
