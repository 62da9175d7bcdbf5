package session_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// A statement set can be dropped by a command elsewhere in the notebook, while Flink plans one
// of its INSERTs. That INSERT is then rejected, and no other set gets it.
func TestSetIsDroppedWhileItsInsertIsPlanned(t *testing.T) {
	for name, next := range map[string]string{"no other set": "", "another set": "BEGIN STATEMENT SET"} {
		synctest.Test(t, func(t *testing.T) {
			g, planned := gatewaytest.New(), make(chan struct{})
			g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
				if strings.HasPrefix(sql, "EXPLAIN") {
					<-planned
				}
				return gateway.Answer{}, nil
			}
			s := script(t, g)
			s.do("BEGIN STATEMENT SET")
			refused := make(chan error, 1)
			go func() {
				_, err := s.execute(t.Context(), "INSERT INTO t SELECT 1", query.ProgressOnly)
				refused <- err
			}()
			synctest.Wait()
			if n, dropped := s.DropSet(); n != 0 || !dropped {
				t.Errorf("%s: %d, %v", name, n, dropped)
			}
			close(planned)
			if err := <-refused; err == nil || !strings.Contains(err.Error(), "the statement set was dropped while this INSERT was planned") {
				t.Errorf("%s: %v", name, err)
			}
			if next != "" {
				s.do(next)
			}
			if n, open := s.DropSet(); n != 0 || open != (next != "") {
				t.Errorf("%s: a set of %d INSERTs is open: %v", name, n, open)
			}
		})
	}
}

// stopping returns a gateway that returns the path of a savepoint when may allows it, and then
// rejects the restored settings.
func stopping(may <-chan struct{}) *gatewaytest.Gateway {
	g := gatewaytest.New()
	configured := 0
	g.Before = func(call string) error {
		if call == "configure" {
			if configured++; configured == 2 {
				return errors.New("out of order")
			}
		}
		return nil
	}
	g.Answer = func(context.Context, string, string) (gateway.Answer, error) {
		<-may
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "path", Type: arrow.BinaryTypes.String}}, nil))
		defer b.Release()
		b.Field(0).(*array.StringBuilder).Append("file:///savepoint-1")
		return gateway.Answer{Records: []arrow.Record{b.NewRecord()}}, nil
	}
	return g
}

// A caller that gives up waiting for the end of a job is told nevertheless that it has stopped,
// whichever way it was requested.
func TestGivenUpStopIsSaid(t *testing.T) {
	const job = "0123456789abcdef0123456789abcdef"
	for name, stop := range map[string]func(context.Context, *scripted) error{
		"the statement": func(ctx context.Context, s *scripted) error {
			_, err := s.execute(ctx, "STOP JOB '"+job+"' WITH SAVEPOINT", query.ProgressOnly)
			return err
		},
		"the command": func(ctx context.Context, s *scripted) error {
			_, err := s.Stop(ctx, job, "")
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			may := make(chan struct{})
			s := script(t, stopping(may))
			s.do("SET 'execution.checkpointing.savepoint-dir' = 'file:///savepoints'")
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second/2, cancel)
			if err := stop(ctx, s); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, after Ctrl-C: %v", name, err)
			}
			close(may)
			synctest.Wait()
			if said := s.said(); said != "the job "+job+" has stopped all the same: its savepoint is file:///savepoint-1" {
				t.Errorf("%s: %q", name, said)
			}
		})
	}
}

// A caller that gives up waiting for a savepoint is told nevertheless where it is, and that
// Flink keeps the folder.
func TestGivenUpStopSaysWhatFlinkKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		may := make(chan struct{})
		s := script(t, stopping(may))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.Stop(ctx, "00000000000000000000000000000000", "/tmp"); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(may)
		synctest.Wait()
		const want = "the job has stopped, its savepoint is file:///savepoint-1; but Flink keeps the folder of this savepoint as its setting (out of order)"
		if said := s.said(); !strings.Contains(said, want) {
			t.Errorf("%q", said)
		}
	})
}

// A gateway that dies right after its start is not started again and again while no statement
// runs: reading names for Tab does not start another one.
func TestDyingGatewayIsNotStartedAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var boots atomic.Int64
		s := scriptOf(t, func(context.Context) (gateway.Gateway, error) {
			boots.Add(1)
			g := gatewaytest.New()
			time.AfterFunc(100*time.Millisecond, g.Lose)
			return g, nil
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := boots.Load(); n != 1 {
			t.Errorf("%d gateways were started", n)
		}
		s.do("SHOW VIEWS")
		if n := boots.Load(); n != 2 {
			t.Errorf("%d gateways were started for a statement", n)
		}
	})
}
