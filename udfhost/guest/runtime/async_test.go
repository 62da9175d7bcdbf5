//go:build unix

package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/async"
	"riffle/udfhost/guest/riffle"
	"riffle/udfhost/guest/runtime"
)

// awaiting is what the glue of an asynchronous function with a riffle.Context does.
func awaiting(f func(ctx context.Context, c *riffle.Context, row int) (string, error)) func(*runtime.Call) {
	return func(call *runtime.Call) {
		c := riffle.ContextOf(call.Scope())
		out, set := call.Result(runtime.TypeString), call.NullableResult()
		rows := async.Begin[string](call)
		for i := 0; i < call.Rows() && rows.Next(i); i++ {
			rows.Go(i, func(ctx context.Context) (string, error) { return f(ctx, c, i) })
		}
		if rows.Wait() {
			return
		}
		for i := range call.Rows() {
			r, ok := rows.Result(i)
			if !ok {
				out.NullAt(i)
				continue
			}
			set.Set(i)
			out[0].SetString(r)
		}
	}
}

// Many rows use a riffle.Context at a time, fail and are tried again. Results keep their order.
func TestConcurrentRows(t *testing.T) {
	const rows, concurrent = 500, 40
	var open, most atomic.Int64
	var tried [rows]atomic.Int64
	var seen *riffle.Context
	host := runtime.NewHost(rows, 100_000, awaiting(func(ctx context.Context, c *riffle.Context, row int) (string, error) {
		for n := open.Add(1); ; {
			if was := most.Load(); n <= was || most.CompareAndSwap(was, n) {
				break
			}
		}
		defer open.Add(-1)
		c.Counter(fmt.Sprint("a", row%7)).Inc(1)
		c.Distribution("rows").Update(int64(row))
		if row == 0 {
			seen = c
		}
		time.Sleep(time.Duration(row%5) * 100 * time.Microsecond)
		switch n := tried[row].Add(1); {
		case row%10 == 3 && n < 3:
			return "", errors.New("not yet")
		case row%100 == 50:
			panic(row)
		}
		return strconv.Itoa(row) + c.JobParameter("x", "!"), nil
	}))
	reply := host.Answer(abi.Async{Concurrent: concurrent, Retries: 2, Timeout: 60e6, Delay: 10}, abi.FlagTolerant)
	if reply.Status != abi.StatusDone || reply.Failed != rows/100 {
		t.Fatalf("status %d, %d rows failed", reply.Status, reply.Failed)
	}
	for i, text := range host.Texts(reply) {
		want, calls := strconv.Itoa(i)+"!", int64(1)
		switch {
		case i%100 == 50:
			want = "-"
		case i%10 == 3:
			calls = 3
		}
		if text != want || tried[i].Load() != calls {
			t.Errorf("row %d is %s after %d calls", i, text, tried[i].Load())
		}
	}
	if n := most.Load(); n < 2 || n > concurrent || open.Load() != 0 {
		t.Errorf("%d rows were in progress at a time, and %d still are", n, open.Load())
	}
	if seen.Subtasks() != 0 {
		t.Error("another context")
	}
}

// The host ends a call: the contexts of its rows are cancelled, no row is begun, and the rows in progress have ended
// before the reply.
func TestConcurrentRowsThatAreStopped(t *testing.T) {
	for _, flags := range []uint32{0, abi.FlagTolerant} {
		var begun, ended atomic.Int64
		var host runtime.Host
		host = runtime.NewHost(100, 100_000, awaiting(func(ctx context.Context, _ *riffle.Context, _ int) (string, error) {
			if begun.Add(1) == 5 {
				host.Stop()
			}
			<-ctx.Done()
			ended.Add(1)
			return "", context.Cause(ctx)
		}))
		reply := host.Answer(abi.Async{Concurrent: 5, Timeout: 60e6, Retries: 3, Delay: 1000}, flags)
		if reply.Status != abi.StatusFailed || host.Message(reply) != "the call has been stopped" {
			t.Errorf("status %d, %q", reply.Status, host.Message(reply))
		}
		if begun.Load() != 5 || ended.Load() != 5 {
			t.Errorf("%d rows begun, %d ended", begun.Load(), ended.Load())
		}
	}
}

// The first row that fails ends a call that is not tolerant: the others in progress are cancelled, and waited for.
func TestConcurrentRowsBehindAFailure(t *testing.T) {
	var begun, ended atomic.Int64
	host := runtime.NewHost(100, 100_000, awaiting(func(ctx context.Context, _ *riffle.Context, row int) (string, error) {
		defer ended.Add(1)
		if begun.Add(1); row == 3 {
			return "", errors.New("three")
		}
		if row < 3 {
			return "", nil
		}
		<-ctx.Done()
		return "", context.Cause(ctx)
	}))
	reply := host.Answer(abi.Async{Concurrent: 5, Timeout: 60e6}, 0)
	if reply.Status != abi.StatusFailed || host.Message(reply) != "three" || reply.FailingRow != 3 {
		t.Errorf("status %d, row %d: %q", reply.Status, reply.FailingRow, host.Message(reply))
	}
	if n := begun.Load(); n > 8 || ended.Load() != n {
		t.Errorf("%d rows begun, %d ended", n, ended.Load())
	}
}
