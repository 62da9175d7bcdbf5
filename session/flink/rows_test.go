package flink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/flink/frame"
	"riffle/session/flink/frame/frametest"
	"riffle/session/gateway"
)

// script is a cluster with one job, which ends when the test ends it.
type script struct {
	end       chan error
	cancelled chan struct{}
}

func (s *script) AwaitJob(ctx context.Context, _ string) error {
	select {
	case err := <-s.end:
		return err
	case <-s.cancelled:
		return gateway.ErrCancelled
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *script) CancelJob(context.Context, string) error {
	close(s.cancelled)
	return nil
}

func (s *script) Health(context.Context, string) (gateway.Health, error) {
	return gateway.Health{}, nil
}

// scripted is a query whose subtasks are played by the test, over real sockets.
type scripted struct {
	*Query
	job script
	log bytes.Buffer // complete when the query has ended
}

var oneColumn = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "__kind", Type: arrow.PrimitiveTypes.Int8},
}, nil)

func newScripted(t *testing.T, bounded bool) *scripted {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newScriptedOn(t, listener, bounded)
}

func newScriptedOn(t *testing.T, listener net.Listener, bounded bool) *scripted {
	s := &scripted{job: script{end: make(chan error, 1), cancelled: make(chan struct{})}}
	r := receive(listener, slog.New(slog.NewTextHandler(&s.log, nil)))
	t.Cleanup(r.close)
	s.Query = newQuery(&s.job, r, "q")
	s.schema, s.bounded = oneColumn, bounded
	close(s.described)
	r.add(s.Query)
	go s.watch(t.Context())
	return s
}

// peer is one attempt of a subtask.
type peer struct {
	net.Conn
	t       *testing.T
	hello   frame.Hello
	stream  bytes.Buffer
	writer  *ipc.Writer
	rows    int64
	sending int // bytes of the stream that were sent
}

func (s *scripted) peer(t *testing.T, subtask, attempt int) *peer {
	p := &peer{t: t, hello: frame.Hello{
		Direction: frame.RowsToClient, Token: s.token, Query: s.name, Subtask: subtask, Parallelism: 2, Attempt: attempt,
	}}
	p.writer = ipc.NewWriter(&p.stream, ipc.WithSchema(oneColumn))
	var err error
	if p.Conn, err = net.Dial("tcp", s.rows.listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func (p *peer) connect() { p.write(frametest.Hello(nil, p.hello)) }

// write may fail: a subtask of an old attempt is cut off.
func (p *peer) write(b []byte) { _, _ = p.Write(b) }

// row sends a batch of one row, which names its sender.
func (p *peer) row() {
	b := array.NewRecordBuilder(memory.DefaultAllocator, oneColumn)
	b.Field(0).(*array.Int64Builder).Append(int64(10*p.hello.Attempt + p.hello.Subtask))
	b.Field(1).(*array.Int8Builder).Append(0)
	if err := p.writer.Write(b.NewRecord()); err != nil {
		p.t.Fatal(err)
	}
	p.rows++
	p.flush()
}

func (p *peer) flush() {
	p.write(frametest.Data(nil, p.stream.Bytes()[p.sending:]))
	p.sending = p.stream.Len()
}

func (p *peer) end() {
	p.write(frametest.End(nil, p.rows))
	p.Close()
}

// await waits until the query has taken over the connection of an attempt.
func (s *scripted) await(p *peer) {
	for {
		s.mu.Lock()
		there, changed := s.attempt == p.hello.Attempt && s.subtasks[p.hello.Subtask] != nil, s.changed
		s.mu.Unlock()
		if there {
			return
		}
		<-changed
	}
}

// drain reads the query to its end: the rows since it last restarted, sorted.
func (s *scripted) drain(t *testing.T) (rows []string, restarts int, err error) {
	for {
		d, err := s.Next(t.Context())
		switch {
		case err != nil:
			slices.Sort(rows)
			return rows, restarts, err
		case d.Restarted:
			rows, restarts = nil, restarts+1
		default:
			rows = append(rows, d.Record.Column(0).ValueStr(0))
			d.Record.Release()
		}
	}
}

// interleavings calls f with every order of sequences of so many steps each; a
// step is named by its sequence.
func interleavings(left []int, order []int, f func([]int)) {
	done := true
	for i, n := range left {
		if n > 0 {
			done = false
			left[i]--
			interleavings(left, append(order, i), f)
			left[i]++
		}
	}
	if done {
		f(order)
	}
}

// In whatever order Next receives deliveries of two attempts, its caller gets one restart,
// followed by all rows of the newer attempt and none of the older one.
func TestRestartInEveryOrder(t *testing.T) {
	steps := [][]gateway.Delivery{
		{{Subtask: 0, Record: rowOf(t, 0)}},
		{{Subtask: 1, Record: rowOf(t, 1)}},
		{{Subtask: 0, Attempt: 1}, {Subtask: 0, Attempt: 1, Record: rowOf(t, 10)}},
		{{Subtask: 1, Attempt: 1}, {Subtask: 1, Attempt: 1, Record: rowOf(t, 11)}},
	}
	interleavings([]int{1, 1, 2, 2}, nil, func(order []int) {
		s := &scripted{Query: newQuery(nil, nil, "q")}
		go func() {
			at := make([]int, len(steps))
			for _, i := range order {
				d := steps[i][at[i]]
				if at[i]++; d.Record != nil {
					d.Record.Retain()
				}
				s.deliver(d)
			}
			close(s.ended)
		}()
		if rows, restarts, err := s.drain(t); err != io.EOF || restarts != 1 || !slices.Equal(rows, []string{"10", "11"}) {
			t.Errorf("order %v: rows %q, restarts %d, %v", order, rows, restarts, err)
		}
	})
}

func rowOf(t *testing.T, id int) arrow.Record {
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, oneColumn, strings.NewReader(fmt.Sprintf(`[{"id":%d,"__kind":0}]`, id)))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// The same over sockets: both subtasks of a new attempt connect, send and end in
// every order while rows of the old attempt are still on their way.
func TestRestartOverSocketsInEveryOrder(t *testing.T) {
	interleavings([]int{3, 3}, nil, func(order []int) {
		s := newScripted(t, true)
		for subtask := range 2 {
			old := s.peer(t, subtask, 0)
			old.connect()
			s.await(old)
			old.row()
			old.row()
		}
		peers := []*peer{s.peer(t, 0, 1), s.peer(t, 1, 1)}
		at := make([]int, len(peers))
		for _, i := range order {
			[]func(){peers[i].connect, peers[i].row, peers[i].end}[at[i]]()
			if at[i] == 0 {
				s.await(peers[i])
			}
			at[i]++
		}
		s.job.end <- nil
		if rows, _, err := s.drain(t); err != io.EOF || !slices.Equal(rows, []string{"10", "11"}) {
			t.Errorf("order %v: rows %q, %v", order, rows, err)
		}
	})
}

// A restarted job without rows leaves nothing of the attempt before, and one
// subtask of it does not make a result.
func TestRestartWithoutRows(t *testing.T) {
	s := newScripted(t, true)
	old := s.peer(t, 0, 0)
	old.connect()
	old.row()
	if d, err := s.Next(t.Context()); err != nil || d.Record == nil {
		t.Fatal(d, err)
	}
	for subtask := range 2 {
		p := s.peer(t, subtask, 1)
		p.connect()
		s.await(p)
		_ = p.writer.Close() // which writes the schema
		p.flush()
		p.end()
	}
	s.job.end <- nil
	if rows, restarts, err := s.drain(t); err != io.EOF || restarts != 1 || len(rows) != 0 {
		t.Errorf("rows %q, restarts %d, %v", rows, restarts, err)
	}
}

// An error in the rows themselves ends the query with its own message, whatever happens to the
// job when its connection is closed, and is in the log.
func TestUnreadableRows(t *testing.T) {
	for name, test := range map[string]struct {
		send func(p *peer)
		want string
	}{
		"no arrow":         {func(p *peer) { p.write(frametest.Data(nil, []byte("no arrow stream at all"))) }, "malformed arrow stream"},
		"a batch is wrong": {func(p *peer) { p.row(); p.write(frametest.Data(nil, []byte("not a batch"))) }, "malformed arrow stream"},
		"other columns": {func(p *peer) {
			p.write(frametest.Data(nil, ipcStream(p.t, twoColumns(p.t))))
		}, "subtask 0 sends columns"},
		"miscounted": {func(p *peer) { p.row(); p.rows = 7; p.end() }, "sent 7 rows, 1 arrived"},
		"bytes behind": {func(p *peer) {
			p.row()
			_ = p.writer.Close()
			p.flush()
			p.write(frametest.Data(nil, []byte("x")))
		}, "bytes follow the end of the stream"},
		"unknown frame": {func(p *peer) { p.row(); p.write([]byte{9, 0, 0, 0, 0}) }, "unknown kind 9"},
	} {
		for _, fault := range []error{nil, &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "Broken pipe"}}} {
			for _, bounded := range []bool{false, true} {
				s := newScripted(t, bounded)
				p := s.peer(t, 0, 0)
				p.connect()
				go test.send(p)
				go func() {
					<-s.rowsFailed
					if fault != nil {
						s.job.end <- fault // before anybody could cancel it
					}
				}()
				_, _, err := s.drain(t)
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "cannot be read") {
					t.Errorf("%s, the job ends by %v: %v", name, fault, err)
				}
				if !strings.Contains(s.log.String(), "rows of a query cannot be read") {
					t.Errorf("%s: the log says %q", name, &s.log)
				}
			}
		}
	}
}

// A cut connection reports nothing of its own, because the job's end decides. Only an unbounded
// job that has finished was stopped.
func TestCutRows(t *testing.T) {
	broken := &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "the task failed"}}
	for _, test := range []struct {
		bounded bool
		job     error
		want    func(error) bool
	}{
		{true, nil, func(err error) bool { return err != nil && strings.Contains(err.Error(), "is not complete") }},
		{false, nil, func(err error) bool { return err == gateway.ErrCancelled }},
		{true, broken, func(err error) bool { return errors.Is(err, broken) }},
		{false, broken, func(err error) bool { return errors.Is(err, broken) }},
	} {
		s := newScripted(t, test.bounded)
		for subtask := range 2 {
			p := s.peer(t, subtask, 0)
			p.connect()
			s.await(p)
			p.row()
			p.Close()
		}
		s.job.end <- test.job
		if _, _, err := s.drain(t); !test.want(err) {
			t.Errorf("bounded %v, the job ends by %v: %v", test.bounded, test.job, err)
		}
	}
}

// The job of a statement that failed or was given up may start after all, when the next
// query has its name. That query takes no rows of it.
func TestRowsOfAnotherJobAreRefused(t *testing.T) {
	s := newScripted(t, true)
	stale := s.peer(t, 0, 0)
	stale.hello.Token = newQuery(nil, nil, s.name).token
	stale.connect()
	_ = stale.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := stale.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("it is not closed: %v", err)
	}
	for subtask := range 2 {
		p := s.peer(t, subtask, 0)
		p.connect()
		p.row()
		p.end()
	}
	s.job.end <- nil
	if rows, restarts, err := s.drain(t); err != io.EOF || restarts != 0 || !slices.Equal(rows, []string{"0", "1"}) {
		t.Errorf("rows %q, %d restarts, %v", rows, restarts, err)
	}
}

// A query that is over takes none of its name with it.
func TestNameIsUsedAgain(t *testing.T) {
	r, err := listenForRows("", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	before, q := newQuery(nil, r, "q"), newQuery(nil, r, "q")
	r.add(before)
	r.add(q)
	r.remove(before)
	if r.queries["q"] != q {
		t.Error("the query of that name is not found any more")
	}
}

// A query knows that the connection of a task is lost, until another attempt has connected or the job has ended.
func TestDisconnected(t *testing.T) {
	s := newScripted(t, false)
	ended := make(chan error)
	go func() {
		_, _, err := s.drain(t)
		ended <- err
	}()
	awaitLoss := func() {
		for {
			s.mu.Lock()
			changed := s.changed
			s.mu.Unlock()
			if s.Disconnected() {
				return
			}
			<-changed
		}
	}
	connect := func(subtask, attempt int) *peer {
		p := s.peer(t, subtask, attempt)
		p.connect()
		s.await(p)
		if s.Disconnected() {
			t.Errorf("subtask %d has connected, and the query is disconnected", subtask)
		}
		return p
	}
	connect(0, 0)
	connect(1, 0).Close()
	awaitLoss()
	connect(0, 1).Close()
	awaitLoss()
	s.job.end <- errors.New("a TaskManager is lost")
	if err := <-ended; err == nil || s.Disconnected() {
		t.Errorf("ended by %v, disconnected: %v", err, s.Disconnected())
	}
}
