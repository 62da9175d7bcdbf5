package session_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// Jobs with functions can be cancelled at any moment, at their start or with bundles in progress. A task that
// fails to close, or that does not end, would cost the cluster its TaskManager.
func TestCancelledFunctions(t *testing.T) {
	run(t, `func Endless(n int64) int64 { for { if n < 0 { return 0 } } }
		func Fast(n int64) int64 { return n + 1 }
		CREATE TEMPORARY TABLE pouring (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', 'fields.n.min' = '1');
		CREATE TEMPORARY TABLE poured (n BIGINT) WITH ('connector' = 'blackhole');
		SET 'parallelism.default' = '2'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE pouring; DROP TEMPORARY TABLE poured; DROP FUNCTION Endless; DROP FUNCTION Fast")
	all := logFrom(t)
	seed := rand.Uint64()
	t.Log("seed", strconv.FormatUint(seed, 10))
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range sample.Of(4, 300) {
		function := []string{"Endless", "Fast"}[i%2]
		log := logFrom(t)
		reply := run(t, "INSERT INTO poured SELECT "+function+"(n) FROM pouring")
		// The log shows that the operators run. Flink's REST endpoint would show it a second later, and the functions
		// would take all processors until then.
		for i%3 > 0 && !operatorLines.MatchString(log.text(t)) {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Duration(random.Int64N(int64(200 * time.Millisecond))))
		if err := reply.Query.Cancel(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
			t.Errorf("%d, %s: %v", i, function, got.Ended)
		}
	}
	if strings.Contains(all.text(t), "lost its TaskManager") {
		t.Error("the cluster has lost its TaskManager")
	}
	if got := sessiontest.Drain(t, run(t, "SELECT Fast(41)").Events); !slices.Equal(got.Table, []string{"42"}) {
		t.Errorf("afterwards: %q, %v", got.Table, got.Ended)
	}
}
