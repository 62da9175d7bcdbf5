//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	arrowmemory "github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/engine"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
)

// loop is a function whose time is that of a loop in it, as one call for one row.
type loop struct {
	function, what string
	call           string // in Go
	arguments      func() []arrow.Array
}

// loopFunctions are the functions of the loops, for riffle and for a program that go build makes.
const loopFunctions = `func Mix(n int64) int64 {
	h := uint64(n)
	for i := range n {
		h = (h ^ uint64(i)) * 1099511628211
		h ^= h >> 13
	}
	return int64(h)
}

func Allocate(n int64) int64 {
	var kept []*[4]int64
	for i := range n {
		if i%64 == 0 {
			kept = kept[:0]
		}
		kept = append(kept, &[4]int64{i, i + 1})
	}
	return kept[len(kept)-1][1]
}

func Variance(xs []float64, times int64) float64 {
	var result float64
	for range times {
		var sum, squares float64
		for _, x := range xs {
			sum += x
			squares += x * x
		}
		result += squares/float64(len(xs)) - sum*sum/float64(len(xs)*len(xs))
	}
	return result
}
`

const (
	mixSteps       = 200_000_000
	allocations    = 10_000_000
	varianceLength = 100_000
	varianceTimes  = 2_000
)

func loops() []loop {
	return []loop{
		{"Mix", "a loop over integers in a Go function, without allocations", fmt.Sprintf("Mix(%d)", mixSteps),
			func() []arrow.Array { return []arrow.Array{bigint(mixSteps)} }},
		{"Allocate", "a loop in a Go function that allocates 32 bytes each time", fmt.Sprintf("Allocate(%d)", allocations),
			func() []arrow.Array { return []arrow.Array{bigint(allocations)} }},
		{"Variance", "loops in a Go function over a []float64", fmt.Sprintf("Variance(numbers, %d)", varianceTimes),
			func() []arrow.Array { return []arrow.Array{doubles(varianceLength), bigint(varianceTimes)} }},
	}
}

// plainLoops is the program that go build makes: it calls each function as often as its argument says, and prints the
// nanoseconds of each call.
func plainLoops() string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strconv\"\n\t\"time\"\n)\n\n" + loopFunctions)
	b.WriteString("\nvar numbers []float64\n\nvar results [3]any\n\nfunc main() {\n")
	fmt.Fprintf(&b, "\tfor i := range %d {\n\t\tnumbers = append(numbers, float64(i)/3)\n\t}\n", varianceLength)
	b.WriteString("\trounds, _ := strconv.Atoi(os.Args[1])\n\tfor range rounds {\n\t\tvar begun time.Time\n")
	for i, l := range loops() {
		fmt.Fprintf(&b, "\t\tbegun = time.Now()\n\t\tresults[%d] = %s\n\t\tfmt.Print(time.Since(begun).Nanoseconds(), \" \")\n", i, l.call)
	}
	b.WriteString("\t\tfmt.Println()\n\t}\n}\n")
	return b.String()
}

// measureLoops compares loops in functions with the same loops in a program of their own. They take turns; the first
// call of each process warms up.
func measureLoops(ctx context.Context, b *bench) (err error) {
	plain, err := b.buildPlain(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(plain))
	own, err := b.openLoops(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	var functions, programs [3]series
	for i := range loops() {
		functions[i] = series{Name: "riffle", Settings: "default jail and limits"}
		programs[i] = series{Name: "go build", Settings: "a program of its own"}
	}
	for round := range b.repetitions(9) {
		took, err := own.round(ctx, 2)
		if err != nil {
			return err
		}
		direct, err := runPlain(ctx, plain, 2)
		if err != nil {
			return err
		}
		b.say("round %d: %.3f s, as a program %.3f s", round+1, took, direct)
		for i := range took {
			functions[i].Values = append(functions[i].Values, took[i])
			programs[i].Values = append(programs[i].Values, direct[i])
		}
	}
	for i, l := range loops() {
		b.report.add(row{"loops/" + l.function, l.what, seconds, functions[i], []series{programs[i]}})
	}
	return nil
}

// buildPlain builds the program of its own, in a folder of its own.
func (b *bench) buildPlain(ctx context.Context) (string, error) {
	folder, err := os.MkdirTemp(filepath.Join(b.folder, "tmp"), "loops-")
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{"go.mod": "module loops\n\ngo 1.26\n", "main.go": plainLoops()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", "loops", ".")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return filepath.Join(folder, "loops"), nil
}

// runPlain calls each loop of the program several times, and returns the seconds of the last calls.
func runPlain(ctx context.Context, program string, times int) ([]float64, error) {
	out, err := exec.CommandContext(ctx, program, strconv.Itoa(times)).Output()
	if err != nil {
		return nil, fmt.Errorf("run the program: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var all []float64
	for _, word := range strings.Fields(lines[len(lines)-1]) {
		nanoseconds, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("read the program's output: %w", err)
		}
		all = append(all, nanoseconds/1e9)
	}
	return all, nil
}

// ownLoops are the functions in riffle.
type ownLoops struct {
	store *golang.Store
	draft *golang.Draft
}

// openLoops declares the functions. A process is started as for a query, without Flink.
func (b *bench) openLoops(ctx context.Context) (*ownLoops, error) {
	store := golang.New(golang.Options{
		CacheDir: filepath.Join(b.folder, "cache", "riffle", "golang"),
		Guest:    guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory},
	})
	draft, err := store.Draft(ctx, golang.Cell{Name: "cell[1]", Line: 1, Text: loopFunctions},
		func(context.Context, []golang.Function) error { return nil })
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	draft.Keep()
	return &ownLoops{store, draft}, nil
}

func (o *ownLoops) close() error { return o.store.Close() }

// round calls each loop several times, in a new process as the other program is, and returns the seconds of the last
// calls.
func (o *ownLoops) round(ctx context.Context, times int) (all []float64, err error) {
	program := o.store.Engine().Program(o.draft.Program.Hash)
	alone, err := o.store.Engine().OpenAlone(ctx, program, engine.Setting{Zone: "UTC"}, func(engine.Line) {})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, alone.Close()) }()
	for range times {
		all = all[:0]
		for _, l := range loops() {
			arguments := l.arguments()
			result, took, err := alone.Call(ctx, l.function, arguments)
			for _, a := range arguments {
				a.Release()
			}
			if err != nil {
				return nil, err
			}
			result.Release()
			all = append(all, took.Seconds())
		}
	}
	return slices.Clone(all), nil
}

// bigint returns a column of one BIGINT.
func bigint(n int64) arrow.Array {
	b := array.NewInt64Builder(arrowmemory.DefaultAllocator)
	defer b.Release()
	b.Append(n)
	return b.NewArray()
}

// doubles returns a column of one ARRAY<DOUBLE> of n elements.
func doubles(n int) arrow.Array {
	b := array.NewListBuilder(arrowmemory.DefaultAllocator, arrow.PrimitiveTypes.Float64)
	defer b.Release()
	b.Append(true)
	elements := b.ValueBuilder().(*array.Float64Builder)
	for i := range n {
		elements.Append(float64(i) / 3)
	}
	return b.NewArray()
}
