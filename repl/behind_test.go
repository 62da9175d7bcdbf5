package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/command"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// playedCoin returns a session in which each SELECT is the query that the test plays, and calls a
// function that is not deterministic.
func playedCoin(t *testing.T, q *gatewaytest.Query) *session.Session {
	t.Helper()
	return playedAnswer(t, func(name string) gateway.Answer {
		answer := q.Answer("job-"+name, "+I", "-U", "+U")
		answer.Unstable = []string{"Coin"}
		return answer
	})
}

// A message about a query is shown even if the query starts in the background, and its failure
// is reported at the end at the latest.
func TestBackgroundIsHeardOf(t *testing.T) {
	const told, failed = "Coin is not deterministic", "the disk is full"
	refused := &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: failed}}
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := playedCoin(t, q)
		var out strings.Builder
		script := NewScript(&Console{out: &out, err: &out}, s, Options{Format: "csv"}, nil)
		if err := script.Run(t.Context(), session.Cell{Name: "script", Text: "SELECT id FROM t &"}); err != nil || !strings.Contains(out.String(), told) {
			t.Errorf("a script says %q: %v", &out, err)
		}
		q.End(refused)
		synctest.Wait()
		out.Reset()
		if err := script.Run(t.Context(), session.Cell{Name: "script", Text: `\echo on`}); err != nil ||
			!strings.HasPrefix(out.String(), "q1 failed in the background: script:1:1: "+failed) || !strings.HasSuffix(out.String(), "on\n") {
			t.Errorf("a script says %q: %v", &out, err)
		}
		out.Reset()
		if script.End(); out.Len() > 0 {
			t.Errorf("a script says in the end %q", &out)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := playedCoin(t, q)
		var out strings.Builder
		shell := NewShell(&Console{out: &out, err: &out}, s, Options{Format: "table"}, nil)
		if err := shell.runner.Typed(t.Context(), s.Cell("SELECT id FROM t &")); err != nil {
			t.Fatal(err)
		}
		q.End(refused)
		shell.tasks.Wait()
		if !strings.Contains(out.String(), told) || !strings.Contains(out.String(), failed) {
			t.Errorf("the shell says %q", &out)
		}
	})
}

// A script that does not wait for a job says which job it is, so that others can be told.
func TestDetachedJobIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gatewaytest.New()
		g.Answer = func(context.Context, string, string) (gateway.Answer, error) { return gateway.Answer{Job: "4f1c"}, nil }
		s := playedBy(t, g, "http://cluster:8081")
		var out strings.Builder
		script := NewScript(&Console{out: &out, err: &out}, s, Options{Format: "csv", Detach: true}, nil)
		if err := script.Run(t.Context(), session.Cell{Name: "script", Text: "INSERT INTO t SELECT 1"}); err != nil || out.String() != "q1: job 4f1c runs in the background\n" {
			t.Errorf("it says %q: %v", &out, err)
		}
		g.EndJob("4f1c", nil)
	})
}

// A query that is shown is not in the background: its end is reported once, however often it
// was sent to the background before.
func TestEndOfAShownQueryIsToldOnce(t *testing.T) {
	const failed = "the disk is full"
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := playedCoin(t, q)
		var out strings.Builder
		shell := NewShell(&Console{out: &out, err: &out}, s, Options{Format: "table"}, nil)
		if err := shell.runner.Typed(t.Context(), s.Cell("SELECT id FROM t &")); err != nil {
			t.Fatal(err)
		}
		shown := make(chan error)
		go func() { shown <- shell.runner.Typed(t.Context(), s.Cell(`\show q1`)) }()
		synctest.Wait()
		q.End(&gateway.Fault{Diagnosis: gateway.Diagnosis{Message: failed}})
		err := <-shown
		shell.tasks.Wait()
		if err == nil || !strings.Contains(err.Error(), failed) || strings.Contains(out.String(), failed) {
			t.Errorf("the shell says %q, and shows %v", &out, err)
		}
	})
}

// Ctrl-C in a query ends the file that it is in, as it ends a script; the key q ends the query
// alone.
func TestInterruptEndsTheFile(t *testing.T) {
	for _, test := range []struct {
		press      func(*pressed, chan os.Signal)
		ran        bool
		has, lacks string
	}{
		{func(p *pressed, _ chan os.Signal) { p.keys <- key{name: "q"} }, true, "behind it\n", "not run"},
		{func(p *pressed, _ chan os.Signal) { p.keys <- key{name: "ctrl+c"} }, false, "interrupted)\n1 statement after it not run\n", "behind"},
		{func(_ *pressed, c chan os.Signal) { c <- os.Interrupt }, false, "interrupted)\n1 statement after it not run\n", "behind"},
	} {
		synctest.Test(t, func(t *testing.T) {
			q := gatewaytest.NewQuery()
			s := playedCoin(t, q)
			path := filepath.Join(t.TempDir(), "file.sql")
			if err := os.WriteFile(path, []byte("SELECT id FROM t;\n\\echo behind it\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			terminal := newTerminal(t, 80, 24)
			scr := &screen{w: terminal, size: terminal.size}
			interrupts := make(chan os.Signal, 1)
			shell := NewShell(&Console{out: scr, err: scr, screen: scr}, s, Options{Format: "table"}, interrupts)
			editor := &pressed{keys: make(chan key)}
			shell.editor = editor
			ran := make(chan bool, 1)
			go func() {
				err := shell.runner.Typed(t.Context(), s.Cell(`\i `+path))
				if err != nil {
					shell.fail(err)
				}
				ran <- err == nil
			}()
			send(t, q, changelog.Insert, 1, 2)
			time.Sleep(time.Second)
			test.press(editor, interrupts)
			synctest.Wait()
			if got := <-ran; got != test.ran || !strings.Contains(terminal.String(), test.has) || strings.Contains(terminal.String(), test.lacks) {
				t.Errorf("the file has run to its end: %v\n%s", got, terminal)
			}
		})
	}
}

// pressed is an editor in which a query's keys are pressed.
type pressed struct {
	plainEditor
	keys chan key
}

func (p *pressed) pressed() <-chan key { return p.keys }

// A signal that ends riffle while a query is shown is not reported as an error of the query.
func TestSignalWhileAQueryIsShown(t *testing.T) {
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt) // starts a goroutine that must not be one of the bubble
	signal.Stop(first)
	synctest.Test(t, func(t *testing.T) {
		s := playedCoin(t, gatewaytest.NewQuery())
		var out strings.Builder
		shell := NewShell(&Console{out: &out, err: &out}, s, Options{Format: "table", Quiet: true}, nil)
		ctx, end := context.WithCancelCause(t.Context())
		ran := make(chan bool)
		go func() { ran <- shell.run(ctx, shell.runner.Typed, s.Cell("SELECT id FROM t; SELECT 2")) }()
		synctest.Wait()
		end(errors.New("terminated"))
		if <-ran || !strings.HasSuffix(out.String(), "terminated\n") || strings.Contains(out.String(), "q1") || strings.Contains(out.String(), "not run") {
			t.Errorf("the shell says %q", &out)
		}
		shell.tasks.Wait()
	})
}

// Nor does a prompt follow it.
func TestNoPromptAfterASignal(t *testing.T) {
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Close()
	defer in.Close()
	s := playedCoin(t, gatewaytest.NewQuery())
	var out strings.Builder
	shell := NewShell(&Console{in: in, out: &out, err: &out}, s, Options{Format: "table", Quiet: true}, nil)
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	ran := make(chan error)
	go func() { ran <- shell.Run(ctx, nil) }()
	if _, err := io.WriteString(typed, "SELECT id FROM t;\n"); err != nil {
		t.Fatal(err)
	}
	for len(s.Queries()) == 0 {
		time.Sleep(time.Millisecond)
	}
	end(errors.New("terminated"))
	if err := <-ran; err != nil || !strings.HasSuffix(out.String(), "terminated\n") {
		t.Errorf("the shell says %q: %v", &out, err)
	}
}

// A message that a query sends while its view is being left is not lost: the watcher of
// background queries reports it.
func TestNothingIsLostBetweenViewAndBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		reply := begin(t, played(t, q, "+I", "-D"), 0)
		v := newViewer(t, reply.Query)
		keys := make(chan key, 1)
		f := follower{query: reply.Query, events: reply.Events, notice: func(string) {}, keys: keys}
		go func() {
			defer close(v.done)
			v.outcome, v.err = f.follow(t.Context(), v.display)
		}()
		send(t, q, changelog.Insert, 1, 2)
		time.Sleep(time.Second + frameEvery/2) // it is drawn, and not just being drawn
		shut := make(chan struct{})
		v.gate.shut.Store(&shut)
		keys <- key{name: "b"}
		synctest.Wait()
		if err := q.Send(t.Context(), gateway.Delivery{Attempt: 1, Restarted: true}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		v.gate.shut.Store(nil)
		close(shut)
		<-v.done
		if v.err != nil || !v.outcome.Background {
			t.Fatalf("%+v, %v", v.outcome, v.err)
		}
		var heard []query.Event
		q.End(io.EOF)
		for {
			e, err := f.events.Next(t.Context())
			if err != nil {
				break
			}
			heard = append(heard, e)
		}
		if len(heard) != 2 || heard[0] != (query.Restarted{Reason: "the job was restarted (attempt 2)"}) || heard[1].(query.Ended).State != query.Finished {
			t.Errorf("heard of %+v", heard)
		}
	})
}

// A chart that is drawn in place shows the final table when the query has ended, also if
// nothing else uses the table.
func TestChartOfAQueryThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := played(t, q, "+I", "-D")
		st := s.Cell("SELECT id FROM t").Statements()[0]
		reply, err := s.Execute(t.Context(), st, query.ProgressOnly)
		if err != nil {
			t.Fatal(err)
		}
		terminal := newTerminal(t, 60, 16)
		gate := &gate{Writer: terminal}
		scr := &screen{w: gate, size: terminal.size}
		shell := NewShell(&Console{out: scr, err: scr, screen: scr}, s, Options{Format: "table"}, nil)
		shell.editor = &plainEditor{}
		send(t, q, changelog.Insert, 1, 2)
		drawn := make(chan error, 1)
		go func() {
			drawn <- shell.plot(t.Context(), reply.Query, command.Chart{Kind: "bar", X: -1, Y: []int{0}, Color: -1})
		}()
		synctest.Wait()
		shut := make(chan struct{})
		gate.shut.Store(&shut)
		time.Sleep(time.Second) // it is drawing
		q.End(io.EOF)
		<-reply.Query.Done()
		reply.Events.Close()
		gate.shut.Store(nil)
		close(shut)
		if err := <-drawn; err != nil || !strings.Contains(terminal.String(), "2") {
			t.Errorf("%v:\n%s", err, terminal.String())
		}
	})
}
