//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"riffle/render"
)

// source returns the name of a table of n rows: a sequence, and columns computed from it.
// Random strings would cost more than the functions. The connector's default is
// 10,000 rows a second; the rate is set so high that the source never waits.
func source(n int) string { return "gen" + strconv.Itoa(n) }

func createSource(n int) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s (id BIGINT, n AS CAST(MOD(id, 1000) AS INT), price AS id * 0.25e0, "+
		"name AS CONCAT('user', CAST(id + 10000000 AS STRING))) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '%d', "+
		"'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')", source(n), n, n)
}

const createSink = "CREATE TEMPORARY TABLE sink (a BIGINT, b STRING) WITH ('connector' = 'blackhole')"

// insert returns the measured job: two expressions over an int and a string of 12 bytes.
func insert(add, upper string, n int) string {
	return fmt.Sprintf("INSERT INTO sink SELECT %s, %s FROM %s", add, upper, source(n))
}

// lane is a way to run the job.
type lane struct {
	name, settings string
	run            func(ctx context.Context, rows int) (time.Duration, error)
	// small and large are the numbers of rows between which the slope is taken.
	small, large int
	process      int // does all of the work, with its descendants
}

// speed is the result of a lane.
type speed struct {
	slope      series // rows a second between small and large
	processors series // nanoseconds of processor time a row, between small and large
	startup    series // seconds that a job takes before its first row
}

const goFunctions = `func AddOne(n int64) int64 { return n + 1 }
func Shout(s string) string { return strings.ToUpper(s) }`

// measureThroughput compares rows a second through functions.
func measureThroughput(ctx context.Context, b *bench) (err error) {
	riffle, err := openPiped(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() {
		if failed := riffle.close(); err == nil {
			err = failed
		}
	}()
	python, err := openPyFlink(ctx, b.peers)
	if err != nil {
		return err
	}
	defer func() {
		if failed := python.close(); err == nil {
			err = failed
		}
	}()
	lanes := []lane{riffleLane(riffle, "Go functions", "AddOne(id)", "Shout(name)"), riffleLane(riffle, "Java built-ins", "id + 1", "UPPER(name)")}
	if err := python.tables(tryRows); err != nil {
		return err
	}
	for _, mode := range pyflinkModes() {
		best, err := b.bestSize(ctx, python, mode)
		if err != nil {
			return err
		}
		lanes = append(lanes, best.lane)
	}
	if err := prepareTables(riffle, python, b.shorten(lanes)); err != nil {
		return err
	}
	speeds, err := b.race(ctx, 5, lanes)
	b.reportSpeeds(speeds)
	return err
}

func riffleLane(p *piped, name, add, upper string) lane {
	return lane{
		name: "riffle, " + name, settings: "default settings, parallelism 1",
		small: 400_000, large: 6_000_000, process: p.cmd.Process.Pid,
		run: p.inserts(func(rows int) string { return insert(add, upper, rows) }),
	}
}

// pyflinkMode is one of the ways in which PyFlink runs functions.
type pyflinkMode struct {
	name    string
	insert  func(rows int) string
	options map[string]string
	// small and large are those of its lane, try is the number of rows to try a size with.
	small, large, try int
}

func pyflinkModes() []pyflinkMode {
	general := func(rows int) string { return insert("general_add(id)", "general_upper(name)", rows) }
	pandas := func(rows int) string { return insert("pandas_add(id)", "pandas_upper(name)", rows) }
	return []pyflinkMode{
		{"PyFlink general", general, inProcess(), 200_000, 2_000_000, tryRows},
		{"PyFlink pandas", pandas, inProcess(), 200_000, 4_000_000, tryRows},
		{"PyFlink thread", general, inThread(), 200_000, 4_000_000, tryRows},
	}
}

func inProcess() map[string]string { return map[string]string{"python.execution-mode": "process"} }
func inThread() map[string]string  { return map[string]string{"python.execution-mode": "thread"} }

// sizes returns the sizes of bundles and Arrow batches that are tried for each mode.
func sizes() []int { return []int{1_000, 10_000, 100_000} }

// tryRows is the number of rows for trying a size.
const tryRows = 500_000

// tried is a lane and how long it took.
type tried struct {
	lane
	took time.Duration
}

// bestSize finds the size at which a mode is fastest.
func (b *bench) bestSize(ctx context.Context, p *pyflinkProcess, mode pyflinkMode) (tried, error) {
	candidates := sizes()
	if b.quick {
		candidates = candidates[1:2]
	}
	var best tried
	if _, err := mode.lane(p, candidates[0]).run(ctx, mode.try); err != nil { // warms up
		return best, err
	}
	for _, size := range candidates {
		candidate := mode.lane(p, size)
		took, err := candidate.run(ctx, mode.try)
		if err != nil {
			return best, err
		}
		b.say("%s at %d: %.1f s", mode.name, size, took.Seconds())
		if best.took == 0 || took < best.took {
			best = tried{candidate, took}
		}
	}
	if len(candidates) > 1 {
		best.settings += fmt.Sprintf(", the fastest of %v", candidates)
	}
	return best, nil
}

// shorten lets the lanes run fewer rows with -quick.
func (b *bench) shorten(lanes []lane) []lane {
	if b.quick {
		for i := range lanes {
			lanes[i].small, lanes[i].large = lanes[i].small/4, lanes[i].large/4
		}
	}
	return lanes
}

func (m pyflinkMode) lane(p *pyflinkProcess, size int) lane {
	options := map[string]string{
		"python.fn-execution.bundle.size":      strconv.Itoa(size),
		"python.fn-execution.arrow.batch.size": strconv.Itoa(size),
	}
	for key, value := range m.options {
		options[key] = value
	}
	return lane{
		name:     m.name,
		settings: fmt.Sprintf("%s; bundles and Arrow batches of %s rows", pyflinkSettings, render.Count(size)),
		small:    m.small, large: m.large, process: p.cmd.Process.Pid,
		run: func(_ context.Context, rows int) (time.Duration, error) {
			if err := p.set(options); err != nil {
				return 0, err
			}
			return p.sql(m.insert(rows))
		},
	}
}

// tables creates the missing sources of these sizes, and the sink.
func (p *pyflinkProcess) tables(counts ...int) error {
	statements := []string{createSink}
	for _, n := range counts {
		statements = append(statements, createSource(n))
	}
	for _, statement := range statements {
		if _, err := p.sql(ifMissing(statement)); err != nil {
			return err
		}
	}
	return nil
}

// ifMissing adds IF NOT EXISTS to a CREATE TEMPORARY TABLE.
func ifMissing(create string) string {
	const words = "CREATE TEMPORARY TABLE "
	return words + "IF NOT EXISTS " + create[len(words):]
}

// prepareTables creates all tables on both sides, and riffle's functions.
func prepareTables(riffle *piped, python *pyflinkProcess, lanes []lane) error {
	counts := counts(lanes)
	if err := python.tables(counts...); err != nil {
		return err
	}
	for _, n := range counts {
		if err := riffle.send(createSource(n) + ";"); err != nil {
			return err
		}
	}
	if err := riffle.send(createSink + ";"); err != nil {
		return err
	}
	return riffle.send(goFunctions)
}

// counts returns the numbers of rows that the lanes run.
func counts(lanes []lane) []int {
	var counts []int
	for _, l := range lanes {
		counts = append(counts, l.small, l.large)
	}
	slices.Sort(counts)
	return slices.Compact(counts)
}

// race runs the lanes in turns. The first round warms up.
func (b *bench) race(ctx context.Context, rounds int, lanes []lane) ([]speed, error) {
	speeds := make([]speed, len(lanes))
	for i := range b.repetitions(rounds) + 1 {
		for k, l := range lanes {
			small, err := l.spend(ctx, l.small)
			if err != nil {
				return speeds, err
			}
			large, err := l.spend(ctx, l.large)
			if err != nil {
				return speeds, err
			}
			b.say("round %d: %s: %d rows in %.2f s, %d in %.2f s", i, l.name, l.small, small.wall.Seconds(), l.large, large.wall.Seconds())
			if i == 0 {
				continue
			}
			if err := speeds[k].add(l, small, large); err != nil {
				return speeds, err
			}
		}
	}
	return speeds, nil
}

// spent is what a job takes.
type spent struct{ wall, processors time.Duration }

// spend runs the lane's job.
func (l lane) spend(ctx context.Context, rows int) (spent, error) {
	before := processorTime(l.process)
	wall, err := l.run(ctx, rows)
	if err != nil {
		return spent{}, fmt.Errorf("%s: %w", l.name, err)
	}
	return spent{wall, processorTime(l.process) - before}, nil
}

// add adds the figures of one round of a lane.
func (s *speed) add(l lane, small, large spent) error {
	rows := float64(l.large - l.small)
	row := (large.wall - small.wall).Seconds() / rows
	if row <= 0 {
		return fmt.Errorf("%s: %d rows took no longer than %d: the machine is too busy to measure", l.name, l.large, l.small)
	}
	s.slope.Name, s.slope.Settings = l.name, l.settings
	s.slope.Values = append(s.slope.Values, 1/row)
	s.processors.Name = l.name
	s.processors.Values = append(s.processors.Values, float64(large.processors-small.processors)/rows)
	s.startup.Name = l.name
	s.startup.Values = append(s.startup.Values, small.wall.Seconds()-row*float64(l.small))
	return nil
}

func (b *bench) reportSpeeds(speeds []speed) {
	const what = "rows through two Go functions, against "
	own, java := speeds[0], speeds[1]
	b.report.add(row{"throughput/Java built-ins", what + "Java built-ins", rowsPerSecond, own.slope, []series{java.slope}})
	processors, startups := []series{java.processors}, []series{java.startup}
	for _, s := range speeds[2:] {
		b.report.add(row{"throughput/" + s.slope.Name, what + s.slope.Name, rowsPerSecond, own.slope, []series{s.slope}})
		processors, startups = append(processors, s.processors), append(startups, s.startup)
	}
	b.report.add(row{"throughput/processors", "processor time of all processes for a row through two Go functions", nanoseconds, own.processors, processors})
	b.report.add(row{"throughput/start-up", "start-up of such a job", seconds, own.startup, startups})
	b.report.note("Throughput: datagen (a sequence; the string is computed, 12 bytes) into blackhole; the figure is the slope between a small and a large number of rows, so a job's start-up does not count. The first round of each is discarded.")
}
