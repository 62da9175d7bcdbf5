package session_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

const failing = `
func Pick(n int) (int, error) {
	if n%10 == 0 {
		return 0, errors.New("no tens")
	}
	if n%7 == 0 {
		panic("no sevens")
	}
	return n, nil
}
func Sure(n *int) int { if n == nil { return -1 }; if *n > 90 { panic(*n) }; return *n }
func Word(n int) (string, error) { if n%10 == 0 { return "", errors.New("no tens") }; if n%7 == 0 { return "\xff", nil }; return strconv.Itoa(n), nil }
func NoEven(n int) (int, error) { if n%2 == 0 { return 0, fmt.Errorf("%d is even", n) }; return n, nil }
func Fatal(ctx *riffle.Context, n int64) (int64, error) {
	ctx.Counter("calls").Inc(1)
	if n == 50 { return 0, errors.New("fifty") }
	return n, nil
}`

// Rows for which a function fails become NULL or are left out, in every place
// that a function can stand in.
func TestFailingRows(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("failing", 100)+`;
		CREATE TEMPORARY VIEW counted AS SELECT MOD(id, 10) AS k, COUNT(*) AS n FROM failing GROUP BY MOD(id, 10);
		SET 'parallelism.default' = '`+sample.Of("1", "2")+"'")
	defer run(t, "RESET")
	picked := func(id int) bool { return id%10 != 0 && id%7 != 0 }
	// rows returns a text for each id.
	rows := func(text func(id int) string) []string {
		var all []string
		for id := 1; id <= 100; id++ {
			if row := text(id); row != "" {
				all = append(all, row)
			}
		}
		slices.Sort(all)
		return all
	}
	whole := rows(func(id int) string {
		if !picked(id) {
			return fmt.Sprint(id, " (null) (null)")
		}
		return fmt.Sprint(id, id, " ", id)
	})
	kept := rows(func(id int) string {
		if !picked(id) || id > 90 {
			return ""
		}
		return fmt.Sprint(id, id, " ", id)
	})
	joined := rows(func(id int) string {
		if !picked(id) {
			return ""
		}
		return fmt.Sprint(id)
	})
	for i, test := range []struct {
		policy, sql string
		want        []string
		batch       bool
		whole       bool // in whole runs only: another is like it
	}{
		{"null", "SELECT COUNT(*) FROM failing WHERE Pick(id) IS NULL", []string{"23"}, true, false},
		{"null", "SELECT COUNT(*), COUNT(Pick(id)) FROM failing", []string{"100 77"}, false, true},
		{"null", "SELECT id, Pick(id), Word(id) FROM failing", whole, true, false},
		{"null", "SELECT COUNT(*) FROM failing WHERE Sure(id) IS NULL", []string{"10"}, false, true},
		{"null", "SELECT COUNT(*) FROM failing WHERE Sure(Pick(id)) = -1", []string{"23"}, false, false},
		{"null", "SELECT a.id FROM failing AS a JOIN failing AS b ON Pick(a.id) = b.id", joined, false, false},
		{"skip", "SELECT id, Sure(Pick(id)), LOWER(Word(id)) FROM failing", kept, true, false},
		{"skip", "SELECT COUNT(*), COUNT(Word(id)) FROM failing", []string{"77 77"}, false, true},
		{"skip", "SELECT COUNT(*) FROM failing WHERE Pick(id) > 50 OR Pick(id) IS NULL", []string{"39"}, false, false},
		{"skip", "SELECT a.id FROM failing AS a JOIN failing AS b ON Pick(a.id) = b.id", joined, false, true},
		// Each n passes 7 on its way to 10, and ends with 10 + k.
		{"skip", "SELECT k, Pick(n + k) FROM counted", []string{"1 11", "2 12", "3 13", "5 15", "6 16", "7 17", "8 18", "9 19"}, false, false},
		{"skip", "SELECT id, Pick(10) FROM failing", nil, false, false},
		{"skip", "SELECT COUNT(*), COUNT(x) FROM (SELECT Pick(id) AS x FROM failing UNION ALL SELECT id FROM failing)", []string{"177 177"}, false, false},
	} {
		for _, mode := range []string{"streaming", "batch"} {
			if mode == "batch" && (!test.batch || !sample.Whole && i > 0) || !sample.Whole && test.whole {
				continue
			}
			run(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'riffle.functions.on-error' = '%s'", mode, test.policy))
			got := sessiontest.Drain(t, run(t, test.sql).Events)
			if !slices.Equal(got.Table, test.want) || got.Ended.State != query.Finished {
				t.Errorf("%s, %s: %s gives %d rows %.200q, want %d %.200q; %v", mode, test.policy, test.sql,
					len(got.Table), got.Table, len(test.want), test.want, got.Ended.Err)
			}
			if len(got.Failed) == 0 || got.Failed[0].Skipped != (test.policy == "skip") || got.Failed[0].Rows == 0 {
				t.Errorf("%s, %s: %s tells of %+v", mode, test.policy, test.sql, got.Failed)
			}
		}
	}
}

// The number of failed rows is exact, and the first failure is reported. A query keeps the
// setting that it was planned with, and when the setting is reset, a failing row fails the
// query again.
func TestFailingRowsAreTold(t *testing.T) {
	run(t, sessiontest.SequenceTable("fifty", 50)+"; SET 'parallelism.default' = '2'; SET 'riffle.functions.on-error' = 'null'")
	defer run(t, "RESET")
	declare(t)
	reply := run(t, "SELECT NoEven(id) FROM fifty WHERE id > 2")
	run(t, "SET 'riffle.functions.on-error' = 'skip'")
	got := sessiontest.Drain(t, reply.Events)
	if len(got.Changes) != 48 || len(got.Failed) != 1 || got.Failed[0].Rows != 24 {
		t.Fatalf("%d rows, told %+v", len(got.Changes), got.Failed)
	}
	if text := got.Failed[0].String(); !strings.HasPrefix(text, "24 calls of NoEven failed, their results are NULL, the first: NoEven(") || !strings.HasSuffix(text, " is even") {
		t.Errorf("told %q", text)
	}
	usage := shared.Usage()
	last := usage[len(usage)-1]
	if u := last.Functions[0]; last.Query != reply.Query.ID() || last.Running || u.Function != "NoEven" || u.Rows != 48 || u.Failed != 24 || u.Time <= 0 {
		t.Errorf("used %+v", last)
	}
	run(t, "RESET 'riffle.functions.on-error'")
	if got = sessiontest.Drain(t, run(t, "SELECT NoEven(id) FROM fifty").Events); got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), "is even") || len(got.Failed) != 0 {
		t.Errorf("without the setting: %+v, told %+v", got.Ended, got.Failed)
	}
	for text, want := range map[string]string{
		"SET 'riffle.functions.on-error' = 'explode'": `riffle.functions.on-error: "explode" is not fail, null or skip`,
		"SET 'riffle.functions.on_error' = 'null'":    "there is no setting riffle.functions.on_error\n  SET 'riffle.functions.on_error' = 'null'\n      ^^^^^^^^^^^^^^^^^^^^^^^^^^^\ndid you mean riffle.functions.on-error?",
	} {
		if _, err := execute(t, text, query.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A restarted job begins its result again, in all of its subtasks: every row is there once.
// RAND() makes it fail now and then.
func TestRestartedJob(t *testing.T) {
	run(t, sessiontest.SequenceTable("dozens", 36)+`; SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.delay' = '1 ms';
		SET 'restart-strategy.fixed-delay.attempts' = '10000'; SET 'parallelism.default' = '2'; SET 'execution.checkpointing.interval' = '20 ms'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE dozens")
	var want []string
	for i := range 36 {
		want = append(want, strconv.Itoa(i+1))
	}
	slices.Sort(want)
	for _, mode := range []string{"streaming", "batch"} {
		run(t, "SET 'execution.runtime-mode' = '"+mode+"'")
		for anew := 0; anew == 0; {
			got := sessiontest.Drain(t, run(t, "SELECT id FROM dozens WHERE 10 / CAST(RAND() * 40 AS INT) >= 0").Events)
			if got.Ended.State != query.Finished || !slices.Equal(got.Table, want) {
				t.Fatalf("%s: %v, %q", mode, got.Ended, got.Table)
			}
			anew = got.Anew
		}
	}
}

// No function is called for rows after the one that fails the query, also if their bundles have begun.
func TestNoCallsAfterAFailure(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("beyond", 5000)+"; SET 'parallelism.default' = '1'")
	defer run(t, "RESET; DROP TEMPORARY TABLE beyond")
	reply := run(t, "SELECT Fatal(id) FROM beyond")
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), "Fatal(50): fifty") {
		t.Errorf("%v, %v", got.Ended.State, got.Ended.Err)
	}
	for _, f := range reply.Query.Usage().Functions {
		if f.Failed != 1 || len(f.Metrics) != 1 || f.Metrics[0].Sum != 50 {
			t.Errorf("%s: %d rows failed, counted %v", f.Function, f.Failed, f.Metrics)
		}
	}
}
