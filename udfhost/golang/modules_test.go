package golang

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"riffle/udfhost/guest"
)

func TestModules(t *testing.T) {
	serveModules(t, wordsAndLetters())
	s := newStore(t, guest.Options{})
	err := refuse(t, s, "cell[1]", "import \"example.com/words/shout\"\nfunc F(s string) string { return shout.Up(s) }")
	if faulty := (*Error)(nil); !errors.As(err, &faulty) || faulty.Problems[0].Missing != "example.com/words/shout" ||
		err.Error() != "cell[1]:1:8: package example.com/words/shout is not in the standard library, and in no module of this session" {
		t.Errorf("before it is added: %v", err)
	}
	if got, want := get(t, s, "example.com/words@v1"), []string{"added example.com/words v1.0.0", "added example.com/letters v1.1.0, which it requires"}; !slices.Equal(got, want) {
		t.Errorf("added %q", got)
	}
	if got := s.Modules(); len(got) != 2 || got[0].Path != "example.com/words" || got[0].Version != "v1.0.0" || !got[0].Direct || got[1].Direct {
		t.Errorf("modules %+v", got)
	}
	define(t, s, "cell[2]", `import "example.com/words/go-case"
import other "example.com/words/two/twin"
import "example.com/letters"
func Up(s string) string { return shout.Up(s) }
func Down(s string) string { return shout.Down(s) }
func Loop(s string) string { return fmt.Sprint(shout.Loop(), pure.Tagged, cases.Name, other.N, strings.ToLower("A"), letters.Only("b1")) }
func Said() int { var v shout.Voice; return v.Say() }
func Sum(s string) string { n, _ := strconv.ParseInt(s, 10, 64); return fmt.Sprint(sum.Of(n, 2)) }`)
	for name, want := range map[string]string{"Up": `["HI!?."]`, "Down": `["hi 2~"]`, "Loop": `["3 truecases2ab"]`} {
		if got := call(t, s, name, "Hi 2"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := call(t, s, "Sum", "5"); got != `["108"]` {
		t.Errorf("assembly: %s", got)
	}
	if members, err := s.Members(t.Context(), "example.com/words/shout"); err != nil || len(members) != 4 || members[2].Name != "Up" {
		t.Errorf("members %v, %v", members, err)
	}
	named := s.Packages()
	if got := named["twin"]; len(got) != 2 {
		t.Errorf("packages called twin: %v", got)
	}
	if got := named["strings"]; !slices.Equal(got, []string{"strings", "example.com/words/strings"}) {
		t.Errorf("packages called strings: %v", got)
	}
	for _, name := range []string{"quiet", "main", "letters"} {
		if got := named[name]; got != nil {
			t.Errorf("packages called %s: %v", name, got)
		}
	}
	for text, want := range map[string]string{
		"func F() int { return twin.N }":                       "undefined: twin: import example.com/words/one/twin or example.com/words/two/twin, or another package of this name",
		`import "example.com/words/nosuch"`:                    "package example.com/words/nosuch is not in example.com/words v1.0.0",
		`import "example.com/words/internal/quiet"`:            "package example.com/words/internal/quiet is internal",
		`import "example.com/words/cmd/tool"`:                  "package example.com/words/cmd/tool is a program, which cannot be imported",
		`import "example.com/wordsmith"`:                       "in no module of this session",
		"func G() string { return letters.Only(`a`) + x }":     "undefined: x",
		`func H() bool { return strings.Mine }`:                "undefined: strings.Mine",
		`import s "example.com/words/strings"; const X = s.No`: "undefined: s.No",
	} {
		if err := refuse(t, s, "cell[3]", text); !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got  %v\n want %s", text, err, want)
		}
	}
	for _, f := range s.Program().Functions {
		if f.Nondeterministic == "" {
			t.Errorf("%s uses unknown code and counts as deterministic", f.Name)
		}
	}
}

// Functions use the new version of a module from the request on, or the request fails.
func TestModuleVersions(t *testing.T) {
	serveModules(t, wordsAndLetters())
	s := newStore(t, guest.Options{})
	get(t, s, "example.com/letters@v1.1.0")
	define(t, s, "cell[1]", "func F(s string) string { return letters.Only(s) }")
	first := s.Program()
	if got := call(t, s, "F", "aB1"); got != `["aB"]` {
		t.Error(got)
	}
	err := refuseGet(t, s, "example.com/letters@v1.3.0")
	if want := "F (cell[1]:1:42) would no longer compile: undefined: letters.Only"; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if got := call(t, s, "F", "aB1"); got != `["aB"]` || s.Program() != first || s.Modules()[0].Version != "v1.1.0" {
		t.Errorf("after a refused version: %s, %v", got, s.Modules())
	}
	if err := refuseGet(t, s, "example.com/letters@none"); err.Error() != "F (cell[1]:1:1) would no longer compile: package example.com/letters is not in the standard library, and in no module of this session" {
		t.Error(err)
	}
	if got := get(t, s, "example.com/letters@v1.2.0"); !slices.Equal(got, []string{"changed example.com/letters from v1.1.0 to v1.2.0"}) {
		t.Errorf("%q", got)
	}
	if got := call(t, s, "F", "aB1"); got != `["B"]` || s.Program().Hash == first.Hash {
		t.Errorf("after another version: %s", got)
	}
	define(t, s, "cell[2]", "func F(s string) string { return letters.Only(s) + `!` }")
	if got := call(t, s, "F", "aB1"); got != `["B!"]` {
		t.Error(got)
	}
	define(t, s, "cell[3]", "func F(s string) string { return s }")
	if got := get(t, s, "example.com/letters@none"); !slices.Equal(got, []string{"removed example.com/letters v1.2.0"}) || len(s.Modules()) != 0 {
		t.Errorf("%q", got)
	}
	if err := refuseGet(t, s, "example.com/letters@none"); err.Error() != "the session has no module example.com/letters" {
		t.Error(err)
	}
}
