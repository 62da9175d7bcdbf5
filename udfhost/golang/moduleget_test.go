package golang

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/goproxytest"

	"riffle/udfhost/guest"
)

// A request is downloaded once. After that, and in declarations, nothing is asked of the network.
func TestModulesNeedNoNetworkAgain(t *testing.T) {
	serveModules(t, wordsAndLetters())
	s := newStore(t, guest.Options{})
	var said []string
	draft, err := s.DraftGet(t.Context(), "example.com/words@v1.0.0", func(what string) { said = append(said, what) })
	if err != nil {
		t.Fatal(err)
	}
	draft.Keep()
	if !slices.Contains(said, "downloading example.com/words v1.0.0") || !slices.Contains(said, "downloading example.com/letters v1.1.0") {
		t.Errorf("said %q", said)
	}
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	define(t, s, "cell[1]", "func Up(s string) string { return shout.Up(s) }")
	other := newStore(t, guest.Options{})
	get(t, other, "example.com/words@v1.0.0")
	if define(t, other, "cell[1]", "func Up(s string) string { return shout.Up(s) }"); call(t, other, "Up", "a") != `["A!?."]` {
		t.Error("a later session")
	}
	if err := refuseGet(t, other, "example.com/letters@v1.2.0"); !strings.HasPrefix(err.Error(), "the source of modules does not answer (") ||
		!strings.HasSuffix(err.Error(), "): check the network, and what go env GOPROXY says") {
		t.Error(err)
	}
	t.Setenv("GOPROXY", "off")
	if err := refuseGet(t, other, "example.com/letters@v1.2.0"); err.Error() != "example.com/letters@v1.2.0 is not in Go's module cache, and GOPROXY is off: go env -w GOPROXY=… allows downloads" {
		t.Error(err)
	}
	// Without its files, a declaration fails and downloads nothing.
	if err := os.RemoveAll(filepath.Join(os.Getenv("GOMODCACHE"), "example.com")); err != nil {
		t.Fatal(err)
	}
	if err := refuse(t, other, "cell[2]", "func N() int { return int(sum.Of(1, 2)) }"); !strings.Contains(err.Error(), "is no longer in Go's module cache: get the module again") {
		t.Error(err)
	}
}

func TestModuleErrors(t *testing.T) {
	modules := wordsAndLetters()
	modules["example.com/orphan@v1.0.0"] = "-- orphan.go --\npackage orphan\n\nimport _ \"example.com/nosuch\"\n"
	modules["example.com/lost@v1.0.0"] = "-- go.mod --\nmodule example.com/lost\n\ngo 1.22\n\nrequire example.com/nosuch v1.0.0\n-- lost.go --\npackage lost\n\nimport _ \"example.com/nosuch\"\n"
	modules["example.com/future@v1.0.0"] = "-- go.mod --\nmodule example.com/future\n\ngo 1.99\n-- f.go --\npackage future\n"
	folder := serveModules(t, modules)
	s := newStore(t, guest.Options{})
	for query, want := range map[string]string{
		"fmt":                             "fmt is not the path of a module, such as golang.org/x/text; the standard library needs no module",
		"https://example.com/words":       "https://example.com/words is the address of a page: the path of a module has no scheme, write example.com/words",
		"example.com/words@":              "example.com/words@ has no version after @, such as @v1.2.3 or @latest",
		"-x.y/z":                          "-x.y/z is not the path of a module, such as golang.org/x/text",
		"example.com/nosuch@v1.0.0":       "there is no module example.com/nosuch: a module has the first elements of the paths of its packages, such as golang.org/x/text",
		"example.com/letters@v1.9.9":      "example.com/letters has no version v1.9.9; its newest is v1.3.0",
		"example.com/letters@1.2.0":       "example.com/letters has no version 1.2.0; its newest is v1.3.0",
		"example.com/orphan":              "example.com/orphan imports example.com/nosuch: cannot find module providing package example.com/nosuch",
		"example.com/lost":                "example.com/lost imports example.com/nosuch: example.com/nosuch@v1.0.0: reading " + os.Getenv("GOPROXY") + "/example.com/nosuch/@v/v1.0.0.zip: 404 Not Found server response: 404 page not found",
		"example.com/words/nosuch@v1.0.0": "module example.com/words has no package example.com/words/nosuch",
	} {
		if err := refuseGet(t, s, query); err.Error() != want {
			t.Errorf("%s\n got  %v\n want %s", query, err, want)
		}
	}
	if err := refuseGet(t, s, "example.com/future"); !strings.HasPrefix(err.Error(), "example.com/future@v1.0.0 needs Go 1.99, and functions are compiled with Go 1.") {
		t.Error(err)
	}
	if len(s.Modules()) != 0 {
		t.Errorf("modules after errors: %v", s.Modules())
	}
	if got := get(t, s, "example.com/words/shout"); len(got) != 2 || got[0] != "added example.com/words v1.0.0" {
		t.Errorf("a package's path: %q", got)
	}
	// An interrupt ends the wait for a source that does not answer.
	ctx, cancel := context.WithCancel(t.Context())
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	defer silent.Close()
	proxy := os.Getenv("GOPROXY")
	t.Setenv("GOPROXY", silent.URL)
	if _, err := s.DraftGet(ctx, "example.com/letters@v1.2.0", func(string) {}); !errors.Is(err, context.Canceled) || len(s.Modules()) != 2 {
		t.Errorf("interrupted: %v, %v", err, s.Modules())
	}
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer login.Close()
	t.Setenv("GOPROXY", login.URL)
	if err := refuseGet(t, s, "example.com/letters@v1.2.0"); !strings.HasPrefix(err.Error(), "the source of example.com/letters asks for a login (") ||
		!strings.HasSuffix(err.Error(), "401 Unauthorized): set one up that go get can use without asking, such as .netrc or an SSH key") {
		t.Error(err)
	}
	t.Run("without git", func(t *testing.T) {
		t.Setenv("GOPROXY", "direct")
		t.Setenv("GOVCS", "*:all")
		t.Setenv("PATH", t.TempDir())
		if err := refuseGet(t, s, "example.com/letters.git@v1.2.0"); err.Error() != "the go command needs git to download example.com/letters.git@v1.2.0, and it is not in PATH: "+
			"install it, or set GOPROXY to a server that has the module" {
			t.Error(err)
		}
	})
	t.Setenv("GOPROXY", proxy)
	// Somebody changes a release that the session already has.
	file := filepath.Join(folder, "example.com_letters_v1.1.0.txtar")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "// changed\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", goproxytest.NewTestServer(t, folder, "").URL)
	t.Setenv("GOMODCACHE", t.TempDir())
	if err := refuseGet(t, s, "example.com/letters@v1.1.0"); err.Error() != "the checksum of example.com/letters@v1.1.0 is not the one in go.sum, so it was not added: somebody has changed it since; "+
		"use another version, or delete the download with go clean -modcache if it was damaged" {
		t.Error(err)
	}
}

// What a module's go.mod says beyond its requirements has no effect, and neither have copies of other modules in it.
func TestModuleRequirements(t *testing.T) {
	modules := wordsAndLetters()
	modules["c.example/fork@v1.0.0"] = "-- go.mod --\nmodule c.example/fork\n\ngo 1.22\n\nrequire example.com/letters v1.1.0\n\nreplace example.com/letters => ./mine\n\nexclude example.com/letters v1.2.0\n" +
		"-- fork.go --\npackage fork\n\nimport \"example.com/letters\"\n\nfunc Only(s string) string { return letters.Only(s) }\n" +
		"-- mine/letters.go --\npackage letters\n\nfunc Only(s string) string { return \"mine\" }\n" +
		"-- vendor/example.com/letters/letters.go --\npackage letters\n\nfunc Only(s string) string { return \"vendored\" }\n"
	modules["c.example/newer@v1.0.0"] = "-- go.mod --\nmodule c.example/newer\n\ngo 1.22\n\nrequire example.com/letters v1.2.0\n-- newer.go --\npackage newer\n\nimport _ \"example.com/letters\"\n"
	modules["c.example/Upper/Case@v1.0.0"] = "-- upper.go --\npackage upper\n\nconst X = `upper`\n"
	modules["c.example/major@v1.0.0"] = "-- major.go --\npackage major\n\nconst X = `v1`\n"
	modules["c.example/major/v2@v2.0.1"] = "-- major.go --\npackage major\n\nconst X = `v2`\n"
	serveModules(t, modules)
	t.Setenv("GOFLAGS", "-mod=vendor -tags=other -modcacherw")
	s := newStore(t, guest.Options{})
	get(t, s, "c.example/fork@v1.0.0")
	get(t, s, "c.example/Upper/Case")
	if err := refuseGet(t, s, "c.example/major@v2.0.1"); err.Error() != "c.example/major has no version v2.0.1; its newest is v1.0.0, and modules from v2 on have another path: try c.example/major/v2" {
		t.Error(err)
	}
	get(t, s, "c.example/major/v2@v2.0.1")
	define(t, s, "cell[1]", "import \"c.example/Upper/Case\"\nfunc F(s string) string { return fork.Only(s) + upper.X + major.X }")
	if got := call(t, s, "F", "aB1"); got != `["aBupperv2"]` {
		t.Error(got)
	}
	// Of the versions that two modules require, both get the newer one. Without it, the one that requires it goes, too.
	if got := get(t, s, "c.example/newer"); !slices.Equal(got, []string{"added c.example/newer v1.0.0", "changed example.com/letters from v1.1.0 to v1.2.0"}) {
		t.Errorf("%q", got)
	}
	if got := call(t, s, "F", "aB1"); got != `["Bupperv2"]` {
		t.Error(got)
	}
	if got := get(t, s, "example.com/letters@v1.1.0"); !slices.Equal(got, []string{"changed example.com/letters from v1.2.0 to v1.1.0", "removed c.example/newer v1.0.0"}) {
		t.Errorf("%q", got)
	}
}

// The warnings of the go command are kept, as its answer is.
func TestModuleWarnings(t *testing.T) {
	serveModules(t, map[string]string{
		"c.example/old@v1.0.0": "-- old.go --\npackage old\n",
		"c.example/old@v1.1.0": "-- go.mod --\n// Deprecated: use c.example/new.\nmodule c.example/old\n\ngo 1.22\n\nretract v1.0.0 // It loses letters.\n-- old.go --\npackage old\n",
	})
	want := []string{
		"added c.example/old v1.0.0",
		"warning: module c.example/old is deprecated: use c.example/new.",
		"warning: c.example/old@v1.0.0: retracted by module author: It loses letters.",
	}
	for _, proxy := range []string{os.Getenv("GOPROXY"), "off"} {
		t.Setenv("GOPROXY", proxy)
		if got := get(t, newStore(t, guest.Options{}), "c.example/old@v1.0.0"); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}
