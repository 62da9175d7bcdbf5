//go:build linux

package golang

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
)

const deniedHint = ": operation not permitted (functions run without files, network and other programs; SET 'riffle.functions.jail' = 'off' allows them)"

// Package variables, init functions and goroutines are in the jail before they
// can do anything, however early they run and whatever is imported.
func TestEarlyCodeIsJailed(t *testing.T) {
	s := newStore(t, guest.Options{})
	for _, text := range []string{
		"var aaa = must(os.ReadFile(\"/etc/hostname\"))",
		"func init() { must(os.ReadFile(\"/etc/hostname\")) }",
		"var done = func() chan int { c := make(chan int); go func() { defer close(c); must(os.ReadFile(\"/etc/hostname\")) }(); <-c; return c }()",
		"import _ \"net/http/pprof\"\nvar file = must(os.Open(\"/etc/hostname\"))",
		"type t struct{}\nfunc (t) String() string { return string(must(os.ReadFile(\"/etc/hostname\"))) }\nvar s = strings.ToUpper(t{}.String())",
	} {
		text := strings.TrimSpace(text) + "\nfunc must[T any](v T, err error) T { if err != nil { panic(err.Error()) }; return v }"
		err := refuse(t, s, "cell[1]", text)
		if failure := (*guest.Failure)(nil); !errors.As(err, &failure) || !strings.HasPrefix(err.Error(), "panic: open /etc/hostname"+deniedHint+" at cell[1]:") {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// The jail is switched for processes that start from then on. A process that serves a query
// does not change.
func TestConfine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("open"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func F(path string) (string, error) { text, err := os.ReadFile(path); return string(text), err }")
	jailed := resolve(t, open(t, s), p, "F", texts(""))
	var free []func() string
	outcome := func(name string) string {
		f := resolve(t, open(t, s), p, "F", texts(""))
		call := func() string {
			got, err := f.Call(t.Context(), []arrow.Array{texts(path)}, 1)
			if err != nil {
				return err.Error()
			}
			return got.String()
		}
		if name == "off" {
			free = append(free, call)
		}
		return call()
	}
	for _, on := range []bool{true, false, false, true, false, true, true} {
		s.Confine(on, guest.Network{})
		name, want := "on", deniedHint
		if !on {
			name, want = "off", `["open"]`
		}
		for range 2 { // the idle process, and one that takes its place
			if got := outcome(name); !strings.Contains(got, want) {
				t.Errorf("jail %s: %s", name, got)
			}
		}
	}
	for _, call := range free {
		if got := call(); got != `["open"]` {
			t.Errorf("a query that began without the jail: %s", got)
		}
	}
	s.Confine(false, guest.Network{})
	if _, err := jailed.Call(t.Context(), []arrow.Array{texts(path)}, 1); err == nil {
		t.Error("a query that began in the jail is free")
	}
}

// What functions need of the system is there without it.
func TestInJail(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory})
	define(t, s, "cell[1]", `import (crand "crypto/rand"; "math/rand/v2"; uniq "unique")
func Zone(zone string) (string, error) {
	l, err := time.LoadLocation(zone)
	return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).In(l).Format(time.RFC3339), err
}
func Local(s string) string { return time.Now().Location().String() + " " + time.Now().Add(0).UTC().Format("2006")[:2] }
func Random(s string) string {
	a, b := make([]byte, 8), make([]byte, 8)
	crand.Read(a)
	crand.Read(b)
	return fmt.Sprint(bytes.Equal(a, b), rand.Int64() == rand.Int64(), len(uniq.Make(s).Value()))
}
func Env(s string) string { return os.Getenv("HOME") + os.Getenv("PATH") + os.Getenv(s) }
func Print(s string) string { fmt.Println(s); fmt.Fprintln(os.Stderr, s); log.Print(s); return s }
func Wait(s string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	select { case <-ctx.Done(): case <-time.After(time.Minute): }
	return ctx.Err().Error()
}
`)
	for name, want := range map[string]string{
		"Zone": `["2026-07-01T17:30:00+05:30"]`, "Local": `["UTC 20"]`, "Random": `["false false 12"]`,
		"Env": `[""]`, "Print": `["Asia/Kolkata"]`, "Wait": `["context deadline exceeded"]`,
	} {
		if got := call(t, s, name, "Asia/Kolkata"); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
