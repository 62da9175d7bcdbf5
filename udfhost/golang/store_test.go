package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/payload"
)

// signatures are the functions of a program in one line.
func signaturesOf(functions []Function) string {
	var all []string
	for _, f := range functions {
		all = append(all, f.Signature())
	}
	return strings.Join(all, "; ")
}

func TestDefine(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, change := define(t, s, "cell[1]", `
// Grade says what an amount is worth.
func Grade(amount float64) string {
	if amount > limit { return "gold" }
	return "plain"
}
const limit = 900`)
	if len(p.Functions) != 1 {
		t.Fatalf("%d functions", len(p.Functions))
	}
	f := p.Functions[0]
	if f.Signature() != "Grade(DOUBLE) → STRING" || f.Doc != "Grade says what an amount is worth." ||
		f.Cell != "cell[1]" || f.Line != 3 || f.Params[0].Name != "amount" || f.Params[0].Nullable || !f.Result.Nullable {
		t.Errorf("got %+v", f)
	}
	if got := strings.Join(change.Defined, " "); got != "Grade limit" || change.Replaced != nil {
		t.Errorf("got %+v", change)
	}
	if got, want := payloadOf(t, p, "Grade", engine.Skip), (payload.Payload{
		Version: payload.Version, Kind: payload.Scalar, Program: p.Hash, Function: "Grade", OnError: "skip",
	}); got != want {
		t.Errorf("payload %+v", got)
	}

	p2, change := define(t, s, "cell[2]", "const limit = 800\nfunc Tenth(x int32) (*int, error) { return nil, nil }")
	if got := strings.Join(change.Replaced, " "); got != "limit" {
		t.Errorf("replaced %s", got)
	}
	if got := signaturesOf(change.Functions); got != "Tenth(INT) → BIGINT" {
		t.Errorf("functions %s", got)
	}
	if got := signaturesOf(p2.Functions); got != "Grade(DOUBLE) → STRING; Tenth(INT) → BIGINT" || p2.Hash == p.Hash {
		t.Errorf("program %s", got)
	}
}

// What people paste: generics, methods, embedded interfaces, closures, groups,
// redefinitions in any order.
func TestDeclarationsOfAllKinds(t *testing.T) {
	s := newStore(t, guest.Options{})
	for i, text := range []string{
		"type Number interface{ ~int | ~float64 }\nfunc sum[T Number](all ...T) (s T) { for _, x := range all { s += x }; return }",
		"type Celsius float64\nfunc (c Celsius) Fahrenheit() Celsius { return c*9/5 + 32 }",
		"func ToF(c Celsius) Celsius { return c.Fahrenheit() }",
		"func Total(a, b, c int) int { return sum(a, b, c) }",
		"type stack[T any] struct{ items []T }\nfunc (s *stack[T]) push(x T) { s.items = append(s.items, x) }",
		"var words = map[string]int{\"one\": 1}\nfunc Word(s string) *int64 { n, ok := words[s]; if !ok { return nil }; r := int64(n); return &r }",
		"func (c Celsius) Fahrenheit() Celsius { return c*9/5 + 33 }",
		"func Nilless(nil int, string *bool) bool { return *string }",
		"type int64 struct{}\nfunc Odd(x int) int { return x | 1 }", // Word's int64 is another one now
	} {
		text := text
		if i == 8 {
			err := refuse(t, s, "cell[9]", text)
			if !strings.HasPrefix(err.Error(), "Word (cell[6]:2:") {
				t.Errorf("got %v", err)
			}
			continue
		}
		define(t, s, "cell["+string(rune('1'+i))+"]", text)
	}
	want := "Nilless(BIGINT, BOOLEAN) → BOOLEAN; ToF(DOUBLE) → DOUBLE; Total(BIGINT, BIGINT, BIGINT) → BIGINT; Word(STRING) → BIGINT"
	if got := signaturesOf(s.Program().Functions); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Names that the glue would need if it used any.
func TestShadowedNames(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", `
type string2 = string
type string []byte
var nil, len, append, true2 = 1, 2, 3, 4
type int int8
type error2 = error
type bool float32
func at(i int) int { return i }
func Mix(s string2, b *bool, i int) (*string, error2) { r := string(s); return &r, fmt.Errorf("%v", i) }
func Whole(c riffle.Column[string2], i []int) ([]*bool, error2) { return make([]*bool, c.Len()), fmt.Errorf("%v", i) }`)
	if got := signaturesOf(s.Program().Functions); got != "Mix(BYTES, FLOAT, TINYINT) → BYTES; Whole(BYTES, TINYINT) → FLOAT" {
		t.Errorf("got %s", got)
	}
}

func TestImports(t *testing.T) {
	s := newStore(t, guest.Options{})
	for _, text := range []string{
		"func A(x int) int { return rand.IntN(x) }",                                                                          // math/rand/v2
		"func B(x int) int { return rand.Intn(x) }",                                                                          // math/rand
		"func C() string { return rand.Text() }",                                                                             // crypto/rand
		"func D(s string) string { url := struct{ Path string }{s}; return url.Path }",                                       // none
		"import str \"strings\"\nfunc E(s string) string { return str.ToUpper(s) }",                                          // explicit
		"func F(s string) string { return str.ToLower(s) }",                                                                  // of another cell
		"import \"crypto/rand\"\nimport \"os\"",                                                                              // for later
		"func G() int { b := make([]byte, 1); rand.Read(b); return int(b[0]) }",                                              // crypto/rand
		"import _ \"image/png\"\nfunc H(b []byte) bool { _, _, err := image.Decode(bytes.NewReader(b)); return err == nil }", // effects
		"func I(s string) (string, error) { u, err := url.Parse(s); if err != nil { return \"\", err }; return u.Host, nil }",
		"func J(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }",
	} {
		define(t, s, "cell", text)
	}
	for text, want := range map[string]string{
		"import \"no/such\"\nfunc K() int { return such.X }": "cell:1:8: package no/such is not in the standard library",
		"func K() int { return strngs.X }":                   "cell:1:23: undefined: strngs",
		"func K() int { return strings.Nope }":               "cell:1:31: undefined: strings.Nope",
	} {
		if err := refuse(t, s, "cell", text); err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

const everyType = "bool, int8 to int64, int, float32, float64, string, []byte, time.Time, " +
	"riffle.Date, Time, DateTime or Decimal, or a pointer, slice, map or struct of these"

func TestSignatures(t *testing.T) {
	s := newStore(t, guest.Options{})
	_, change := define(t, s, "cell[1]", `import "riffle"
type Point struct { X, Y *float64; Tags []string `+"`sql:\"tags\"`"+` }
type Celsius float32
func A(at time.Time, shown riffle.DateTime, on riffle.Date, clock *riffle.Time) time.Time { return at }
func B(points map[string]Point, of []*Celsius) []*Point { return nil }
// C is a price.
//riffle:result DECIMAL(10, 2)
func C(price riffle.Decimal, all []riffle.Decimal) (*riffle.Decimal, error) { return nil, nil }
func D(x []riffle.Decimal) riffle.DateTime { return riffle.DateTime{} }
func E(x [][]byte) riffle.Decimal { return riffle.NewDecimal(15, 1) }`)
	want := strings.Join([]string{
		"A(TIMESTAMP_LTZ, TIMESTAMP, DATE, TIME) → TIMESTAMP_LTZ(9)",
		"B(MAP<STRING, ROW<`X` DOUBLE, `Y` DOUBLE, `tags` ARRAY<STRING>>>, ARRAY<FLOAT>) → ARRAY<ROW<`X` DOUBLE, `Y` DOUBLE, `tags` ARRAY<STRING>>>",
		"C(DECIMAL, ARRAY<DECIMAL>) → DECIMAL(10, 2)",
		"D(ARRAY<DECIMAL>) → TIMESTAMP(9)",
		"E(ARRAY<BYTES>) → DECIMAL(38, 18)",
	}, "; ")
	if got := signaturesOf(change.Functions); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if doc := change.Functions[2].Doc; doc != "C is a price." {
		t.Errorf("the comment of C is %q", doc)
	}
	for text, want := range map[string]string{
		"//riffle:result MONEY\nfunc F() int { return 1 }":                             "cell[2]:1:1: unknown directive: there are //riffle:result DECIMAL(10, 2), //riffle:default limit=10, //riffle:vectorized, //riffle:deterministic and //riffle:nondeterministic",
		"//riffle:result DECIMAL(39)\nfunc F() int { return 1 }":                       "cell[2]:1:1: a DECIMAL has 1 to 38 digits, and at most as many after the decimal point",
		"//riffle:result DECIMAL(2, 3)\nfunc F() int { return 1 }":                     "cell[2]:1:1: a DECIMAL has 1 to 38 digits, and at most as many after the decimal point",
		"//riffle:result DECIMAL(2)\ntype X int":                                       "cell[2]:1:1: //riffle: must be directly above a function",
		"func F() int {\n\treturn 1 //riffle:result DECIMAL(2)\n}":                     "cell[2]:2:11: //riffle: must be directly above a function",
		"import \"riffle/udfhost/guest/columns\"\nfunc F() int { return columns.Get }": "cell[2]:1:8: package riffle/udfhost/guest/columns is internal",
	} {
		if err := refuse(t, s, "cell[2]", text); err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestRefusedSignatures(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"func F(x uint8) int { return 1 }":         "parameter x of F: uint8 has no SQL type; use int16 (SMALLINT), the next wider signed type",
		"func F(x uint16) int { return 1 }":        "parameter x of F: uint16 has no SQL type; use int32 (INT), the next wider signed type",
		"func F(x *uint32) int { return 1 }":       "parameter x of F: uint32 has no SQL type; use int64 (BIGINT), the next wider signed type",
		"func F(int) uint64 { return 1 }":          "result of F: uint64 has no SQL type; use int64 (BIGINT), the widest signed type, or riffle.Decimal (DECIMAL)",
		"func F(x []uint16) int { return 1 }":      "parameter x of F: uint16 has no SQL type; use int32 (INT), the next wider signed type",
		"func F(time.Duration) int { return 1 }":   "parameter arg1 of F: time.Duration has no SQL type; use int64 (BIGINT)",
		"func F(x [3]string) int { return 1 }":     "parameter x of F: [3]string has no SQL type; use a slice (ARRAY)",
		"func F(x ...int) int { return 1 }":        "F is variadic, and a SQL function has a fixed number of parameters",
		"func F(x int) { }":                        "F returns no value; a SQL function returns one, or one and an error",
		"func F(x int) error { return nil }":       "F returns no value; a SQL function returns one, or one and an error",
		"func F(x int) (int, int) { return 1, 1 }": "F returns 2 values; a SQL function returns one, or one and an error",
		"func F(x **int) int { return 1 }":         "parameter x of F: **int has no SQL type; use *int",
		"func F(x any) int { return 1 }":           "parameter x of F: any has no SQL type; use " + everyType,
		"func F(x complex128) int { return 1 }":    "parameter x of F: complex128 has no SQL type; use " + everyType,
		"func F(x big.Int) int { return 1 }":       "parameter x of F: big.Int has no SQL type; use " + everyType,
		"func F(x map[float64]int) int { return 1 }": "parameter x of F: map[float64]int has no SQL type; " +
			"the keys of a map are integers or strings",
		"func F(x " + strings.Repeat("[]", 33) + "int) int { return 1 }": "parameter x of F: arrays, maps and rows can be nested at most 32 deep",
		"func F(x struct{ A int }) int { return 1 }":                     "parameter x of F: an anonymous struct cannot be a ROW: declare a type for it",
		"func F(x T) int { return 1 }; type T struct{ a int }":           "parameter x of F: field a of T is unexported or embedded and cannot be a column of a ROW",
		"func F(x T) int { return 1 }; type T struct{ Next *T }":         "parameter x of F: field Next of T: T contains itself; SQL has no recursive types",
		"func F(x T) int { return 1 }; type T struct{ A any }":           "parameter x of F: field A of T: any has no SQL type; use " + everyType,
		"func F(x T) int { return 1 }; type T struct{}":                  "parameter x of F: T has no fields, but a ROW needs at least one",
		"func F(x []T) int { return 1 }; type T []T":                     "parameter x of F: T contains itself; SQL has no recursive types",
		"//riffle:result DECIMAL(5)\nfunc F(x int) int { return 1 }":     "result of F: //riffle:result is for riffle.Decimal, not for int",
	} {
		err := refuse(t, s, "cell[1]", text)
		line := 1 + strings.Count(text, "\n")
		if want := fmt.Sprintf("cell[1]:%d:1: %s (use a lower-case name to keep it Go-only)", line, want); err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	_, change := define(t, s, "cell[1]", "type P struct{ x int }\nfunc NewP(x int) P { return P{x} }\nfunc Map[T any](x T) T { return x }\nfunc X(x int) int { return NewP(x).x }")
	if got := signaturesOf(change.Functions); got != "X(BIGINT) → BIGINT" || len(change.Notes) != 2 {
		t.Errorf("got %s, %q", got, change.Notes)
	}
	if err := refuse(t, s, "cell[2]", "func NEWX() int { return 1 }\nfunc NewX() int { return 2 }"); err.Error() !=
		"cell[2]:2: NewX and NEWX (cell[2]:1) are the same name in SQL: rename one of them" {
		t.Errorf("got %v", err)
	}
	define(t, s, "cell[3]", "func NewX() int { return 1 }")
	if err := refuse(t, s, "cell[4]", "\nfunc NEWX() int { return 2 }"); err.Error() !=
		"cell[4]:2: NEWX and NewX (cell[3]:1) are the same name in SQL: rename one of them" {
		t.Errorf("got %v", err)
	}
	define(t, s, "cell[2]", "func X(x int) int { return x }") // NewP stays, although nothing uses it now
}

func TestTypeErrors(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", "func half(x int) int { return x / 2 }\n\nfunc Half(x int) int {\n\treturn half(x)\n}\nfunc Other(x int) int { return x }")
	for text, want := range map[string]string{
		"func F(x int) string {\n\ty := 1\n\treturn x\n}": "cell[2]:2:2: declared and not used: y (and 1 more error)",
		"func F() int { }":                                     "cell[2]:1:16: missing return",
		"func half(x string) string { return x }":              "Half (cell[1]:4:9) would no longer compile: cannot use half(x) (value of type string) as int value in return statement (and 1 more error)",
		"func G() int { return 1 }; func G() int { return 2 }": "cell[2]:1:33: G redeclared in this block; cell[2]:1:6: other declaration of G",
		"func main() {}":                                       "cell[2]:1:1: func main is reserved for riffle: SQL calls functions by exported names such as Main",
		"var riffle_x int":                                     "cell[2]:1:1: names that begin with riffle_ are reserved for riffle",
		"func F() int":                                         "cell[2]:1:6: missing function body",
		"var a = b\nvar b = a":                                 "cell[2]:1:5: initialization cycle or refers to itself",
		"//go:embed x.txt\nvar text string":                    "cell[2]:1:1: //go:embed is not supported in functions",
		"//go:linkname F os.F\nfunc F() int { return 1 }":      "cell[2]:1:1: //go:linkname is not supported in functions",
		"//go:cgo_import_dynamic _ _ \"x.so\"\nvar v int":      "cell[2]:1:1: //go:cgo_import_dynamic is not supported in functions",
	} {
		err := refuse(t, s, "cell[2]", text)
		if got := err.Error(); got != want && !strings.HasPrefix(got, strings.TrimSuffix(want, " or refers to itself")) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if problems := (*Error)(nil); !errors.As(err, &problems) {
			t.Errorf("%v has no problems", err)
		}
	}
	problems := (*Error)(nil)
	if err := refuse(t, s, "cell[3]", "func F() int { a := 1; return \"\" }\nfunc half() {}"); !errors.As(err, &problems) || len(problems.Problems) < 3 {
		t.Fatalf("got %v", err)
	}
	last := problems.Problems[len(problems.Problems)-1]
	if last.Dependent != "Half" || last.Cell != "cell[1]" || last.Line != 4 || problems.Problems[0].Dependent != "" {
		t.Errorf("got %+v", problems.Problems)
	}
}

func TestStartFailures(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: 400 * time.Millisecond})
	for text, want := range map[string]string{
		"var x = strings.Repeat(\"a\", -1)\n":                         "panic: strings: negative Repeat count at cell[1]:1 while the program's variables were initialized",
		"var m map[string]int\n\nfunc init() {\n\tm[\"a\"] = 1\n}":    "panic: assignment to entry in nil map at cell[1]:4 while the program's variables were initialized",
		"func init() { os.Exit(4) }":                                  "the process was ended with exit status 4 while the program's variables were initialized",
		"func init() {\n\tfor {\n\t\ttime.Sleep(time.Second)\n\t}\n}": "no progress for 400ms, the function was stopped at cell[1]:3 while the program's variables were initialized",
		"func init() { log.Fatal(\"no luck\") }":                      "the process was ended with exit status 1 after printing",
	} {
		err := refuse(t, s, "cell[1]", text)
		if failure := (*guest.Failure)(nil); !errors.As(err, &failure) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	define(t, s, "cell[1]", "func init() {}\nvar _ = 1")
	define(t, s, "cell[2]", "func init() {}\nfunc init() {}") // replaces the one before
	if n := len(s.declarations); n != 3 {
		t.Errorf("%d declarations", n)
	}
}

// A later session finds the same program without building it.
func TestCache(t *testing.T) {
	const text = "func Cached(x int) int { return x + 41 }"
	first, _ := define(t, newStore(t, guest.Options{}), "cell[1]", text)
	before, err := os.Stat(first.Executable)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := define(t, newStore(t, guest.Options{}), "cell[1]", text)
	after, err := os.Stat(second.Executable)
	if err != nil || first.Hash != second.Hash || !os.SameFile(before, after) {
		t.Errorf("%s and %s, %v", first.Executable, second.Executable, err)
	}
	old := time.Now().Add(-keepPrograms - time.Hour)
	if err := os.Chtimes(first.Executable, old, old); err != nil {
		t.Fatal(err)
	}
	define(t, newStore(t, guest.Options{}), "cell[1]", "func Other2(x int) int { return x }")
	if _, err := os.Stat(first.Executable); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an old program is kept: %v", err)
	}
}

// Where the tools cannot be driven, go build does the same, errors included.
func TestGoBuild(t *testing.T) {
	s := New(Options{CacheDir: t.TempDir()})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	m, err := s.machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.tools.tools = t.TempDir()
	define(t, s, "cell[1]", "func F(s string) string {\n\treturn s[3:]\n}")
	if m.builder.failures != 1 {
		t.Errorf("%d failures", m.builder.failures)
	}
	err = callErr(t, s, "F", "a")
	if want := `panic: slice bounds out of range [3:1] at cell[1]:2 in F("a")`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	define(t, s, "cell[2]", "func G(s string) string { return strings.ToUpper(s) }")
	define(t, s, "cell[3]", "func H() int { return 1 }")
	if m.builder.failures != maxFailures {
		t.Errorf("%d failures", m.builder.failures)
	}
}

// Folders that were deleted, for example when a system cleans up, are created again.
func TestDeletedFolders(t *testing.T) {
	cache := t.TempDir()
	s := New(Options{CacheDir: cache})
	define(t, s, "cell[1]", "func F() int { return 1 }")
	for _, folder := range []string{s.setup.builder.scratch, cache} {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		define(t, s, "cell[2]", "func F(s string) string { return html.EscapeString(strings.ToUpper(s)) + \""+filepath.Base(folder)+"\" }")
		if got := call(t, s, "F", "a"); got != "[\"A"+filepath.Base(folder)+"\"]" {
			t.Errorf("got %s", got)
		}
	}
	define(t, s, "cell[3]", "func G(s string) string { return hex.EncodeToString([]byte(s)) }")
	if n := s.setup.builder.failures; n != 0 {
		t.Errorf("go build had to help %d times", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Archives that were deleted, for example when Go trims its cache, are compiled again.
func TestTrimmedCache(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", "func F() int { return 1 }")
	for path := range s.setup.packages.archives {
		s.setup.packages.archives[path] = filepath.Join(t.TempDir(), "gone")
	}
	define(t, s, "cell[2]", "func F(s string) bool { return unicode.IsUpper([]rune(s)[0]) }")
}

func TestWithoutGo(t *testing.T) {
	old := filepath.Join(t.TempDir(), "go")
	script := "#!/bin/sh\necho '{\"GOVERSION\":\"go1.21.3\",\"GOARCH\":\"amd64\"}'\n"
	if err := os.WriteFile(old, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		filepath.Join(t.TempDir(), "go"): "go functions need Go 1.26 or newer: install it and put the go command into PATH (SQL works without it)",
		old:                              "go functions need Go 1.26 or newer; " + old + " is 1.21.3",
		"false":                          "ask /usr/bin/false for its version: false: exit status 1",
	} {
		s := New(Options{CacheDir: t.TempDir(), Go: command})
		if err := refuse(t, s, "cell[1]", "func F() int { return 1 }"); err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if err := s.Warm(t.Context()); err == nil {
			t.Error("warmed without Go")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The user's own Go settings have no effect on functions.
func TestCleanEnvironment(t *testing.T) {
	t.Setenv("GOFLAGS", "-tags=nonsense -mod=vendor")
	t.Setenv("GOOS", "windows")
	t.Setenv("CGO_ENABLED", "1")
	t.Setenv("GOWORK", "/nowhere/go.work")
	t.Setenv("SECRET", "s3cret")
	s := New(Options{CacheDir: t.TempDir()})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	define(t, s, "cell[1]", "func F(s string) string { return os.Getenv(s) + \".\" }")
	if got := call(t, s, "F", "SECRET"); got != `["."]` {
		t.Errorf("a guest sees %s", got)
	}
}

func TestWarmEnds(t *testing.T) {
	s := New(Options{CacheDir: t.TempDir()})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Warm(ctx) }()
	define(t, s, "cell[1]", "func F() int { return 1 }")
	cancel()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("goes on after its context")
	}
}

// All packages that are offered are in the standard library.
func TestStandardLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	have := strings.Fields(string(out))
	listed := strings.Fields(commonPackages + otherPackages)
	for _, path := range listed {
		if !slices.Contains(have, path) && path != "unsafe" {
			t.Errorf("there is no package %s", path)
		}
	}
	slices.Sort(listed)
	if len(slices.Compact(listed)) != len(strings.Fields(commonPackages+otherPackages)) {
		t.Error("a package is listed twice")
	}
}
