package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"riffle/session/sessiontest/sample"
)

// flood is a minute of 200,000 changes a second of 1,000 keys, or in the sample two seconds of
// 50,000. The view stays alive and reacts to keys, and memory does not grow from the start to
// the end.
func flood(s *shell) {
	t := s.t
	s.press("CREATE TABLE flood (k INT, v INT) WITH ('connector'='datagen','rows-per-second'='" + sample.Of("50000", "200000") + "'," +
		"'fields.k.min'='1','fields.k.max'='1000','fields.v.min'='1','fields.v.max'='9');" + enter)
	s.await(`OK`)
	s.press("SELECT k, COUNT(*) AS n, SUM(v) AS total FROM flood GROUP BY k;" + enter)
	s.await(`1,000 rows`)
	begun, settled, length := time.Now(), sample.Of(time.Second, 10*time.Second), sample.Of(2*time.Second, time.Minute)
	s.press(right + right + "s")
	s.await(`n ▲`)
	for s.during(begun, settled) {
	}
	before := resident(t, s.cmd.Process.Pid)
	for s.during(begun, length) {
	}
	if after := resident(t, s.cmd.Process.Pid); after > before+32 {
		t.Errorf("%d MB after %s, %d MB after %s", before, settled, after, length)
	}
	s.press("q")
	s.await(`\(\+[0-9]+(,[0-9]{3}){` + sample.Of("1,", "2") + `} changes, 1,000 rows, the first [0-9]+ shown, ascending by n, `)
	s.await(prompt)
}

// during uses the keys once, and reports whether there is time left.
func (s *shell) during(begun time.Time, length time.Duration) bool {
	s.t.Helper()
	for _, key := range []struct{ press, shows string }{
		{"s", `n ▼`}, {"ss", `n ▲`},
		{"fk = 77" + enter, `filter: k = 77`}, {"f" + ctrlU + enter, `n ▲`},
		{down + enter, `row [0-9,]+ of`}, {enter, `n ▲`},
		{" ", `paused`}, {" ", `n ▲`},
	} {
		s.press(key.press)
		s.await(key.shows)
	}
	return time.Since(begun) < length
}

// resident returns the memory of a process, in megabytes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes / 1000
}
