package golang

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"riffle/udfhost/guest"
)

// manyDeclarations is Go code with so many SQL functions: equal ones of BIGINT, as the benchmarks of the session have
// them, or of all kinds and of twenty signatures.
func manyDeclarations(functions int, mixed bool) string {
	var b strings.Builder
	if mixed {
		b.WriteString("type Item struct { ID int64; Name string; Tags []string }\ntype Place struct { X, Y float64; At time.Time }\nvar seen = map[string]int64{}\n")
	}
	for i := range functions {
		if !mixed {
			fmt.Fprintf(&b, "func F%d(n int64) int64 { return n + %[1]d }\n", i)
			continue
		}
		fmt.Fprintf(&b, mixedFunctions[i%len(mixedFunctions)]+"\n", i)
	}
	return b.String()
}

// mixedFunctions are functions of many signatures; %[1]d is their number.
var mixedFunctions = []string{
	"func F%[1]d(n int64) int64 { return n + %[1]d }",
	"func F%[1]d(s string) string { return strings.ToUpper(s) + \"%[1]d\" }",
	"func F%[1]d(amount float64) string { if amount > %[1]d { return \"gold\" }; return \"plain\" }",
	"func F%[1]d(s string, n *int64) (int64, error) { if n == nil { return 0, errors.New(s) }; return *n + %[1]d, nil }",
	"func F%[1]d(t time.Time) time.Time { return t.Add(%[1]d * time.Second) }",
	"func F%[1]d(xs []int64) int64 { sum := int64(%[1]d); for _, x := range xs { sum += x }; return sum }",
	"func F%[1]d(i Item) Item { i.ID += %[1]d; return i }",
	"func F%[1]d(s string) bool { return len(s) > %[1]d }",
	"func F%[1]d(m map[string]string, key string) *string { if v, ok := m[key]; ok { return &v }; return nil }",
	"//riffle:result DECIMAL(20, 2)\nfunc F%[1]d(d riffle.Decimal) riffle.Decimal { return d }",
	"func F%[1]d(s string) iter.Seq[string] { return slices.Values(strings.Split(s, \"%[1]d\")) }",
	"//riffle:vectorized\nfunc F%[1]d(xs []float64) []float64 { for i := range xs { xs[i] += %[1]d }; return xs }",
	"func F%[1]d(a, b, c int) int { return a*b + c*%[1]d }",
	"func F%[1]d(d riffle.Date) riffle.Date { return d }",
	"func F%[1]d(s string) ([]string, error) { return strings.Fields(s), nil }",
	"func F%[1]d(p Place, q *Place) float64 { if q == nil { return %[1]d }; return p.X - q.X }",
	"func F%[1]d(b []byte) string { return hex.EncodeToString(b) + \"%[1]d\" }",
	"func F%[1]d(n int32, ok bool) *int32 { if !ok { return nil }; n += %[1]d; return &n }",
	"func F%[1]d(items []Item) int64 { return int64(len(items) + %[1]d) }",
	"func F%[1]d(c riffle.Column[string]) []int64 { return make([]int64, c.Len()) }",
}

// BenchmarkRedefine is one function that is defined again in a session with many: from its text to the process that
// waits for the first query. What it reports besides are the parts of that time.
func BenchmarkRedefine(b *testing.B) {
	for _, mixed := range []bool{false, true} {
		for _, n := range []int{1, 100, 500} {
			b.Run(fmt.Sprintf("mixed=%t/%d", mixed, n), func(b *testing.B) {
				s := newStore(b, guest.Options{})
				define(b, s, "cell[1]", manyDeclarations(n, mixed))
				next := time.Now().UnixMicro()
				define(b, s, "cell[2]", fmt.Sprintf("func F0(n int64) int64 { return n + %d }", next))
				for b.Loop() {
					next++
					define(b, s, "cell[2]", fmt.Sprintf("func F0(n int64) int64 { return n + %d }", next))
				}
			})
		}
	}
}
