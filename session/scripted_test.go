package session_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/udfhost/golang"
)

// scripted is a session whose gateways are scripted by the test. Its tests run in bubbles of
// package synctest: after synctest.Wait everything that can happen has happened, and time
// passes only when nothing else can.
type scripted struct {
	*session.Session
	t *testing.T

	mu      sync.Mutex
	notices []string
}

// script starts a session with gateways, of which each takes the place of the one before
// that was lost.
func script(t *testing.T, gateways ...*gatewaytest.Gateway) *scripted {
	t.Helper()
	return scriptOf(t, func(context.Context) (gateway.Gateway, error) {
		if len(gateways) == 0 {
			return nil, errors.New("no gateway is left")
		}
		next := gateways[0]
		gateways = gateways[1:]
		return next, nil
	})
}

// scriptOf starts a session with the gateways that boot brings up.
func scriptOf(t *testing.T, boot func(context.Context) (gateway.Gateway, error), change ...func(*session.Config)) *scripted {
	t.Helper()
	s := &scripted{t: t}
	store := golang.New(golang.Options{})
	config := session.Config{
		Functions: store, Harness: noHarness{},
		Notice: func(text string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notices = append(s.notices, text)
		},
		Boot: boot,
	}
	for _, c := range change {
		c(&config)
	}
	s.Session = session.New(context.Background(), config)
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type noHarness struct{}

func (noHarness) StopQuery(string) {}

func (s *scripted) execute(ctx context.Context, text string, mode query.Mode) (session.Reply, error) {
	s.t.Helper()
	return s.Execute(ctx, s.Cell(text).Statements()[0], mode)
}

func (s *scripted) do(text string) session.Reply {
	s.t.Helper()
	reply, err := s.execute(s.t.Context(), text, query.ProgressOnly)
	if err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return reply
}

// said returns the notices so far.
func (s *scripted) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.notices, "\n")
}

// journalling returns a gateway that reports of each CREATE that its effect is lost with the
// gateway.
func journalling() *gatewaytest.Gateway {
	g := gatewaytest.New()
	g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
		if strings.HasPrefix(sql, "CREATE") {
			return gateway.Answer{Journal: sql}, nil
		}
		return gateway.Answer{}, nil
	}
	return g
}

// Another gateway is brought to the session's state before it gets a statement: first the
// settings, then the journal in its order. What fails is named, and the rest comes back.
func TestAnotherGatewayIsBroughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := journalling(), journalling()
		second.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if sql == "CREATE VIEW b AS SELECT 2" {
				return gateway.Answer{}, &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "it is not there"}}
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		s.do("SET 'a' = '1'")
		for _, name := range []string{"a", "b", "c"} {
			s.do("CREATE VIEW " + name + " AS SELECT 2")
		}
		s.do("INSERT INTO t SELECT 1") // nothing of it is lost
		first.Lose()
		s.do("SHOW VIEWS")
		want := []string{
			"configure a=1", "execute CREATE VIEW a AS SELECT 2", "execute CREATE VIEW b AS SELECT 2",
			"execute CREATE VIEW c AS SELECT 2", "execute SHOW VIEWS",
		}
		if got := second.Calls(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if said := s.said(); !strings.Contains(said, "not restored: cell[3]:1:1: CREATE VIEW b AS SELECT 2: it is not there") ||
			strings.Count(said, "not restored") != 1 {
			t.Error(said)
		}
	})
}

// A statement that was given up has its effect if the gateway had already begun it: the next
// statement waits for that, and the journal has it.
func TestGivenUpStatementSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := gatewaytest.New(), gatewaytest.New()
		planned := make(chan struct{})
		first.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "CREATE") {
				<-planned
				return gateway.Answer{Journal: sql}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "CREATE VIEW v AS SELECT 1", query.ProgressOnly); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		shown := make(chan error, 1)
		go func() {
			_, err := s.execute(t.Context(), "SHOW VIEWS", query.ProgressOnly)
			shown <- err
		}()
		synctest.Wait()
		if calls := first.Calls(); len(calls) != 1 {
			t.Errorf("while the first statement was planned: %q", calls)
		}
		close(planned)
		if err := <-shown; err != nil {
			t.Error(err)
		}
		first.Lose()
		s.do("SHOW VIEWS")
		if got := second.Calls(); !slices.Equal(got, []string{"execute CREATE VIEW v AS SELECT 1", "execute SHOW VIEWS"}) {
			t.Errorf("the other gateway: %q", got)
		}
	})
}

// Rows that come for a statement that was given up are let go of.
func TestGivenUpRowsAreReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer memory.AssertSize(t, 0)
		g, planned := gatewaytest.New(), make(chan struct{})
		g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if !strings.HasPrefix(sql, "CREATE") {
				return gateway.Answer{}, nil
			}
			<-planned
			schema := arrow.NewSchema([]arrow.Field{{Name: "result", Type: arrow.PrimitiveTypes.Int64}}, nil)
			rows := array.NewRecordBuilder(memory, schema)
			defer rows.Release()
			rows.Field(0).(*array.Int64Builder).Append(1)
			return gateway.Answer{Journal: sql, Result: &gateway.Result{Schema: schema}, Records: []arrow.Record{rows.NewRecord()}}, nil
		}
		s := script(t, g)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "CREATE VIEW v AS SELECT 1", query.ProgressOnly); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(planned)
		s.do("SHOW VIEWS") // waits for the statement that was given up
	})
}

// A setting that was given up is not set, on either side.
func TestGivenUpSettingIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gatewaytest.New()
		var hold chan struct{}
		g.Before = func(string) error {
			if hold != nil {
				<-hold
			}
			return nil
		}
		s := script(t, g)
		s.do("SET 'a' = '1'")
		hold = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "SET 'a' = '2'", query.ProgressOnly); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(hold)
		s.do("SHOW VIEWS") // waits
		if flinks, ours := g.Configured()["a"], s.Settings()["a"]; flinks != "1" || ours != "1" {
			t.Errorf("Flink has %q, the session %q", flinks, ours)
		}
	})
}

// A statement set that was submitted though END was given up runs, and cannot be submitted
// a second time.
func TestGivenUpStatementSetRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gatewaytest.New()
		planned := make(chan struct{})
		g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "EXECUTE STATEMENT SET") {
				<-planned
				return gateway.Answer{Job: "job", Bounded: true}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, g)
		s.do("BEGIN STATEMENT SET")
		s.do("INSERT INTO t SELECT 1")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "END", query.ProgressOnly); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(planned)
		synctest.Wait()
		if said := s.said(); !strings.Contains(said, "the statement set was submitted before END was given up, and runs as q1") {
			t.Errorf("%q", said)
		}
		if _, err := s.execute(t.Context(), "END", query.ProgressOnly); err == nil {
			t.Error("the set could be submitted twice")
		}
		q, ok := s.Query("q1")
		if !ok {
			t.Fatal("its job is not among the queries")
		}
		g.EndJob("job", nil)
		<-q.Done()
		if end, _ := q.End(); end.State != query.Finished {
			t.Errorf("%+v", end)
		}
	})
}

// A lost gateway ends its queries, and a running statement says so.
func TestLostGatewayEndsItsQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := gatewaytest.New(), gatewaytest.New()
		first.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "INSERT") {
				return gateway.Answer{Job: "job"}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		running := s.do("INSERT INTO t SELECT 1")
		first.Lose()
		<-running.Query.Done()
		end, _ := running.Query.End()
		var failed *session.Error
		if end.State != query.Failed || !errors.As(end.Err, &failed) || !strings.Contains(failed.Hint, "run it again") {
			t.Errorf("%s: %v", end.State, end.Err)
		}
		s.do("SHOW VIEWS")
		synctest.Wait() // it is reported independently of the statement
		if said := s.said(); !strings.Contains(said, "has ended unexpectedly") || !strings.Contains(said, "Flink is back") {
			t.Error(said)
		}
	})
}
