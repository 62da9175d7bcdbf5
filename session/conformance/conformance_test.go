package conformance_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

var pyflink = flag.String("pyflink", "", "path of a Python that has PyFlink: update testdata/answers.json with it")

func TestMain(m *testing.M) { sessiontest.Main(m) }

// TestConformance runs the queries in riffle, and compares the rows with PyFlink's.
func TestConformance(t *testing.T) {
	all, statements := queries(), setup(t, t.TempDir())
	if *pyflink != "" {
		askPyFlink(t, all, statements[2:])
	}
	text, err := os.ReadFile(filepath.Join("testdata", "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string][]string
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(all) {
		t.Errorf("%d queries have %d answers of PyFlink", len(all), len(answers))
	}
	s := sessiontest.Open(t)
	for _, file := range []string{"functions.go.txt", "async.go.txt", "tables.go.txt"} {
		cell, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		s.Do(string(cell))
	}
	for _, statement := range statements {
		s.Do(statement)
	}
	for i, q := range all {
		if !sample.Whole && i%13 != 0 {
			continue
		}
		t.Run(q.name, func(t *testing.T) {
			s.Do(fmt.Sprintf("SET 'execution.runtime-mode' = '%s'", q.mode))
			reply, err := s.Try(q.text)
			if err != nil {
				t.Fatalf("%s\n%v", q.text, err)
			}
			out := sessiontest.Drain(t, reply.Events)
			if out.Ended.State != query.Finished {
				t.Fatalf("%s\n%v", q.text, out.Ended.Err)
			}
			if want := answers[q.name]; len(want) == 0 || !slices.Equal(out.Table, want) {
				t.Errorf("%s\nriffle  %s\nPyFlink %s", q.text, strings.Join(out.Table, " · "), strings.Join(want, " · "))
			}
		})
	}
}

// askPyFlink writes PyFlink's answers.
func askPyFlink(t *testing.T, all []conformanceQuery, statements []string) {
	t.Helper()
	var questions []question
	for _, q := range all {
		questions = append(questions, q.asked)
	}
	request, err := json.Marshal(map[string]any{"setup": statements, "queries": questions})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), *pyflink, filepath.Join("testdata", "answers.py"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(request), os.Stderr
	answers, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "answers.json"), answers, 0o644); err != nil {
		t.Fatal(err)
	}
}
