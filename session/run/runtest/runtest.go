// Package runtest is a table of texts and of their effects. A text must have the same effects
// wherever it runs: as a script, from a pipe, before the prompt, by \i at the prompt, and in
// a notebook. The gateway is scripted (package gatewaytest).
package runtest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/udfhost/golang"
)

// Main is the file that is run.
const Main = "main.sql"

// text is a script with the files that it needs, and its effects.
type text struct {
	files    map[string]string
	executed []string          // what reaches Flink
	echoed   string            // the words of \echo, which begin with =
	errors   []string          // the reports about failures, in this order
	saved    map[string]string // files that it writes
	formats  bool              // it needs \format, which notebooks lack
	shows    string            // the part of its rows that is shown, in ways that have formats
}

const (
	createA = "CREATE TABLE a (x INT)"
	createB = "CREATE TABLE b (x INT)"
	query   = "SELECT id FROM t"
)

func texts() map[string]text {
	both := []string{createA, createB}
	return map[string]text{
		"statements": {
			files:    map[string]string{Main: createA + ";\n\\echo =1\n" + createB},
			executed: both, echoed: "=1",
		},
		"CRLF": {
			files:    map[string]string{Main: createA + ";\r\n\\echo =1\r\n\\i inner.sql\r\n" + createB + "\r\n", "inner.sql": "\\echo =2\r\n"},
			executed: both, echoed: "=1 =2",
		},
		"blank lines end statements": {
			files:    map[string]string{Main: "\\i inner.sql\n\\echo =1\n", "inner.sql": createA + "\n\n" + createB + "\n"},
			executed: both, echoed: "=1",
		},
		"an empty file": {
			files:  map[string]string{Main: "\\i inner.sql\n\\echo =1", "inner.sql": ""},
			echoed: "=1",
		},
		"nothing but comments": {
			files:  map[string]string{Main: "\\i inner.sql\n\\echo =1", "inner.sql": "-- nothing\n/* at all */\n"},
			echoed: "=1",
		},
		"paths are those of the process, in a file of another folder too": {
			files: map[string]string{
				Main: "\\echo =1\n\\i sub/inner.sql\n\\echo =4", "sub/inner.sql": "\\echo =2\n\\i deepest.sql\n", "deepest.sql": "\\echo =3",
			},
			echoed: "=1 =2 =3 =4",
		},
		"too deep": {
			files:  map[string]string{Main: createA + ";\n\\i endless.sql\n" + createB, "endless.sql": "\\i endless.sql"},
			errors: []string{"endless.sql:1:4: endless.sql: scripts include each other more than 16 deep"}, executed: both[:1],
		},
		"a file that is not there": {
			files:  map[string]string{Main: createA + ";\n  \\i absent.sql\n" + createB},
			errors: []string{"main.sql:2:6: absent.sql: no such file"}, executed: both[:1],
		},
		"a folder": {
			files:  map[string]string{Main: "\\i sub\n" + createB, "sub/inner.sql": ""},
			errors: []string{"main.sql:1:4: sub: is a directory"},
		},
		"an error in the middle": {
			files:  map[string]string{Main: createA + ";\nFROB x;\n" + createB + ";\n\\echo =1"},
			errors: []string{"main.sql:2:1: no statement starts with FROB"}, executed: both[:1],
		},
		"an error in the middle of another file": {
			files:  map[string]string{Main: "\\i inner.sql\n" + createB, "inner.sql": createA + ";\n\nFROB x;\n\\echo =1"},
			errors: []string{"inner.sql:3:1: no statement starts with FROB"}, executed: both[:1],
		},
		"an error of Flink": {
			files:  map[string]string{Main: createA + ";\n\\i inner.sql", "inner.sql": "DROP TABLE absent;\n" + createB},
			errors: []string{"inner.sql:1:1: there is no such table"}, executed: []string{createA, "DROP TABLE absent"},
		},
		"a variable of another file": {
			files:    map[string]string{Main: "\\i inner.sql\nCREATE TABLE ${name} (x INT);\n\\unset name\nSELECT ${name};", "inner.sql": "\\set name a"},
			executed: both[:1], errors: []string{"main.sql:4:8: there is no variable name"},
		},
		"a name for the next query, from another file": {
			files:    map[string]string{Main: "\\i inner.sql\n" + query + ";\n\\save totals rows.csv\n\\echo =1", "inner.sql": "\\name totals"},
			executed: []string{query}, saved: map[string]string{"rows.csv": "id\n1\n2\n"}, echoed: "=1",
		},
		"magics of a converted notebook": {
			files: map[string]string{
				Main:        "\\i inner.sql\n\\echo =2\n\\save totals rows.csv",
				"inner.sql": "%%name totals\n%%wait rows=5\n" + query + "\n\n%%sql\n" + createA + "\n\n\\echo =1\n\n%%time\n" + createB + "\n",
			},
			executed: []string{query, createA, createB}, saved: map[string]string{"rows.csv": "id\n1\n2\n"}, echoed: "=1 =2",
		},
		"a magic that is wrong": {
			files:  map[string]string{Main: createA + "\n\n%%wait rows=many\n" + createB},
			errors: []string{"main.sql:3:8: rows= takes a positive number"}, executed: both[:1],
		},
		"a notebook": {
			files: map[string]string{
				Main: "\\i cells.ipynb\n" + createB,
				"cells.ipynb": `{"nbformat": 4, "cells": [
					{"cell_type": "code", "source": "%%name totals\n` + query + `\n", "metadata": {}},
					{"cell_type": "markdown", "source": "FROB", "metadata": {}},
					{"cell_type": "code", "source": ["%%go\n", "` + createB + `"], "metadata": {"tags": ["raises-exception"]}},
					{"cell_type": "code", "source": "%save totals rows.csv\n%echo =1", "metadata": {}}]}`,
			},
			errors:   []string{"cells.ipynb[2]:2:1: CREATE does not start a Go declaration"},
			executed: []string{query, createB}, saved: map[string]string{"rows.csv": "id\n1\n2\n"}, echoed: "=1",
		},
		"a format from another file": {
			files:    map[string]string{Main: "\\i inner.sql\n" + query, "inner.sql": "\\i innermost.sql", "innermost.sql": "\\format csv"},
			executed: []string{query}, formats: true, shows: "id\n1\n2\n",
		},
	}
}

// Way runs the file Main of the working directory, and returns everything that was printed, including errors.
type Way func(t *testing.T, s *session.Session) string

// Without says which features a way lacks.
type Without struct {
	Formats bool // \format, so that texts that need it are left out
	Echo    bool // \echo prints nothing
}

// Run runs each text one way, in its own session and folder.
func Run(t *testing.T, without Without, way Way) {
	t.Helper()
	for name, text := range texts() {
		if text.formats && without.Formats {
			continue
		}
		if without.Echo {
			text.echoed = ""
		}
		t.Run(name, func(t *testing.T) {
			s, g := Session(t, text.files)
			printed := way(t, s)
			text.check(t, g, printed)
		})
	}
}

func (x text) check(t *testing.T, g *gatewaytest.Gateway, printed string) {
	t.Helper()
	if executed := executed(g); !slices.Equal(executed, x.executed) {
		t.Errorf("executes %q, want %q", executed, x.executed)
	}
	if got := echoes(printed); got != x.echoed {
		t.Errorf("echoes %s, want %s", got, x.echoed)
	}
	rest := printed
	for _, want := range x.errors {
		var found bool
		if _, rest, found = strings.Cut(rest, want); !found {
			t.Errorf("does not say %s", want)
		}
	}
	if n := len(position.FindAllString(printed, -1)); n != len(x.errors) {
		t.Errorf("says of %d errors, want %d", n, len(x.errors))
	}
	if !strings.Contains(strings.ReplaceAll(printed, "\r", ""), x.shows) {
		t.Errorf("does not show %q", x.shows)
	}
	for file, want := range x.saved {
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%s is %q (%v), want %q", file, got, err, want)
		}
	}
	if t.Failed() {
		t.Logf("printed:\n%s", printed)
	}
}

// executed returns the statements that have reached Flink.
func executed(g *gatewaytest.Gateway) []string {
	var executed []string
	for _, call := range g.Calls() {
		if sql, is := strings.CutPrefix(call, "execute "); is {
			executed = append(executed, sql)
		}
	}
	return executed
}

// position matches the beginning of an error.
var position = regexp.MustCompile(`(?m)\.(sql|ipynb\[\d+\]):\d+:\d+: `)

// echoes returns the words that begin with =.
func echoes(printed string) string {
	var words []string
	for word := range strings.FieldsSeq(printed) {
		if strings.HasPrefix(word, "=") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// newGateway returns a gateway whose queries have two rows. Those of a stream do not end by
// themselves according to the plan, and one of endless really does not. DROP fails. The parser
// accepts nothing after a complete CREATE TABLE.
func newGateway() *gatewaytest.Gateway {
	g := gatewaytest.New()
	g.Parse = func(sql string) bool {
		return strings.Count(sql, "CREATE")+strings.Count(sql, "SELECT")+strings.Count(sql, "%%")+strings.Count(sql, `\`) == 1
	}
	g.Answer = func(_ context.Context, sql, name string) (gateway.Answer, error) {
		switch {
		case strings.HasPrefix(sql, "DROP"):
			return gateway.Answer{}, &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "there is no such table"}}
		case !strings.HasPrefix(sql, "SELECT"):
			return gateway.Answer{}, nil
		}
		q := gatewaytest.NewQuery()
		go func() { // ends with the query
			rows := gateway.Delivery{Record: gatewaytest.Rows(changelog.Insert, 1, 2)}
			if q.Send(context.Background(), rows) == nil && !strings.Contains(sql, "endless") {
				q.End(io.EOF)
			}
		}()
		answer := q.Answer("job-"+name, "+I")
		answer.Bounded = !strings.Contains(sql, "stream")
		return answer, nil
	}
	return g
}

type noHarness struct{}

func (noHarness) StopQuery(string) {}

// Session starts a session with a scripted gateway, in a folder of its own that contains files.
func Session(t *testing.T, files map[string]string) (*session.Session, *gatewaytest.Gateway) {
	t.Helper()
	return SessionOn(t, "", files)
}

// SessionOn does so on an existing cluster, at an address.
func SessionOn(t *testing.T, cluster string, files map[string]string) (*session.Session, *gatewaytest.Gateway) {
	t.Helper()
	t.Chdir(t.TempDir())
	for file, content := range files {
		write(t, file, content)
	}
	g := newGateway()
	store := golang.New(golang.Options{})
	booted := false
	s := session.New(t.Context(), session.Config{
		Cluster: cluster, Functions: store, Harness: noHarness{}, Notice: func(text string) { t.Log(text) },
		Boot: func(context.Context) (gateway.Gateway, error) {
			if booted {
				return nil, errors.New("the gateway was lost")
			}
			booted = true
			return g, nil
		},
	})
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, g
}
