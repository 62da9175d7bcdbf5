//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// goFunction declares a function with a new constant, so that no earlier session has
// compiled it.
func goFunction(number int64) string {
	return fmt.Sprintf("func Add(n int64) int64 { return n + %d }", number)
}

// goQuery calls goFunction on one row. The answer is number+1.
const goQuery = "SELECT Add(id) AS n FROM (VALUES (CAST(1 AS BIGINT))) AS t(id);"

var (
	callable  = regexp.MustCompile(`Add\(BIGINT\) → BIGINT`)
	typeError = regexp.MustCompile(`cannot use`)
)

// fresh returns numbers that no earlier run has used.
func fresh() func() int64 {
	number := time.Now().UnixMicro()
	return func() int64 { number++; return number }
}

// goAnswer matches the answer of goQuery.
func goAnswer(number int64) *regexp.Regexp {
	return regexp.MustCompile(`│\s+` + strconv.FormatInt(number+1, 10) + ` │`)
}

// measureFunc times how long a user waits after typing a function: until it is
// callable, until its type error is shown, and until the first row. PyFlink's shell
// compiles nothing, so only the first row is compared.
func measureFunc(ctx context.Context, b *bench) error {
	riffle, err := b.riffleShell(ctx)
	if err != nil {
		return err
	}
	times, err := b.timeFunctions(ctx, riffle, b.repetitions(9))
	if err != nil {
		return err
	}
	peer, err := b.timePythonRow(ctx, b.repetitions(5))
	b.report.add(
		row{"func/callable", "Enter after a func to callable, warm", seconds, times.callable, nil},
		row{"func/error", "Enter after a func to its type error shown", seconds, times.wrong, nil},
		row{"func/row", "first row through a new function", seconds, times.row, []series{peer}},
	)
	return err
}

type functionTimes struct{ callable, wrong, row series }

// timeFunctions declares the same function repeatedly in an idle session, so that
// the program does not grow.
func (b *bench) timeFunctions(ctx context.Context, s shell, n int) (times functionTimes, err error) {
	named := series{Name: s.name, Settings: s.settings}
	times = functionTimes{named, named, named}
	o, err := b.warm(ctx, s)
	if err != nil {
		return times, err
	}
	defer func() {
		if leave := o.leave(ctx); err == nil {
			err = leave
		}
	}()
	next := fresh()
	for i := range n + 1 {
		number := next()
		defined, err := o.run(ctx, goFunction(number), callable)
		if err != nil {
			return times, err
		}
		first, err := o.run(ctx, goQuery, goAnswer(number))
		if err != nil {
			return times, err
		}
		wrong, err := o.run(ctx, fmt.Sprintf("func Wrong(n int64) string { return n + %d }", number), typeError)
		if err != nil {
			return times, err
		}
		if i == 0 {
			continue // the session's first
		}
		times.callable.Values = append(times.callable.Values, defined.took().Seconds())
		times.row.Values = append(times.row.Values, first.took().Seconds())
		times.wrong.Values = append(times.wrong.Values, wrong.took().Seconds())
	}
	return times, nil
}

// warm opens a shell, runs a query and waits until the shell is idle.
func (b *bench) warm(ctx context.Context, s shell) (*opened, error) {
	o, _, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	_, err = o.run(ctx, s.query, s.result)
	if err == nil {
		err = settle(ctx, o.cmd.Process.Pid)
	}
	if err != nil {
		_ = o.close() // what went wrong before says more
		return nil, err
	}
	return o, nil
}

// timePythonRow does in PyFlink's shell what goQuery does in riffle.
func (b *bench) timePythonRow(ctx context.Context, n int) (times series, err error) {
	s := b.pyflinkShellTuned("-XX:SharedArchiveFile=")
	times = series{Name: s.name, Settings: s.settings}
	o, err := b.warm(ctx, s)
	if err != nil {
		return times, err
	}
	defer func() {
		if leave := o.leave(ctx); err == nil {
			err = leave
		}
	}()
	if _, err := o.run(ctx, `from pyflink.table.udf import udf; print("im" + "ported")`, regexp.MustCompile("imported")); err != nil {
		return times, err
	}
	next := fresh()
	for i := range n + 1 {
		number := next()
		define := fmt.Sprintf(`add = udf(lambda n: n + %d, result_type=DataTypes.BIGINT()); st_env.create_temporary_function("add%d", add); print("def" + "ined")`, number, i)
		if _, err := o.run(ctx, define, regexp.MustCompile("defined")); err != nil {
			return times, err
		}
		query := fmt.Sprintf(`st_env.sql_query("SELECT add%d(id) FROM (VALUES (CAST(1 AS BIGINT))) AS t(id)").execute().print()`, i)
		a, err := o.run(ctx, query, regexp.MustCompile(`\|\s+`+strconv.FormatInt(number+1, 10)+` \|`))
		if err != nil {
			return times, err
		}
		if i > 0 {
			times.Values = append(times.Values, a.took().Seconds())
		}
	}
	return times, nil
}

// measureColdFunc times the first function on a machine where neither Go nor riffle
// has compiled anything: after the first SELECT 1, while riffle compiles the standard
// library in the background.
func measureColdFunc(ctx context.Context, b *bench) error {
	cold := series{Name: "riffle", Settings: "default settings"}
	next := fresh()
	var err error
	for i := range b.repetitions(5) {
		b.say("round %d", i+1)
		var took time.Duration
		if took, err = b.timeColdFunction(ctx, next()); err != nil {
			break
		}
		cold.Values = append(cold.Values, took.Seconds())
	}
	b.report.add(row{"coldfunc", "first func with an empty Go build cache", seconds, cold, nil})
	return err
}

func (b *bench) timeColdFunction(ctx context.Context, number int64) (took time.Duration, err error) {
	builds, err := os.MkdirTemp(filepath.Join(b.folder, "tmp"), "gocache-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(builds)
	restore, err := b.hideCompiled()
	if err != nil {
		return 0, err
	}
	defer func() {
		if failed := restore(); err == nil {
			err = failed
		}
	}()
	s, err := b.riffleShell(ctx)
	if err != nil {
		return 0, err
	}
	s.command = withEnvironment(s.command, "GOCACHE="+builds)
	o, _, err := s.open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() {
		if leave := o.leave(ctx); err == nil {
			err = leave
		}
	}()
	if _, err := o.run(ctx, s.query, s.result); err != nil {
		return 0, err
	}
	a, err := o.run(ctx, goFunction(number), callable)
	return a.took(), err
}

// hideCompiled moves the Go packages that riffle has compiled out of its cache. The
// returned function moves them back.
func (b *bench) hideCompiled() (func() error, error) {
	kept := filepath.Join(b.folder, "cache", "riffle", "golang")
	away := filepath.Join(b.folder, "tmp", "golang")
	err := os.Rename(kept, away)
	if os.IsNotExist(err) {
		return func() error { return nil }, nil
	}
	return func() error {
		if err := os.RemoveAll(kept); err != nil {
			return err
		}
		return os.Rename(away, kept)
	}, err
}
