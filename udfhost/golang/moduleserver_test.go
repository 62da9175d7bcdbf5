package golang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/goproxytest"
	"golang.org/x/mod/module"
)

// serveModules makes modules, txtar archives by path@version, the only ones that the go command finds. It returns
// the folder of the archives.
func serveModules(t *testing.T, modules map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, archive := range modules {
		path, version, _ := strings.Cut(name, "@")
		escaped, err := module.EscapePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(archive, "-- go.mod --") {
			archive = "-- go.mod --\nmodule " + path + "\n\ngo 1.22\n" + archive
		}
		archive = "-- .mod --\n" + goMod(archive) + "-- .info --\n{\"Version\":\"" + version + "\"}\n" + archive
		file := filepath.Join(folder, strings.ReplaceAll(escaped, "/", "_")+"_"+version+".txtar")
		if err := os.WriteFile(file, []byte(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", goproxytest.NewTestServer(t, folder, "").URL)
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOMODCACHE", t.TempDir())
	return folder
}

func goMod(archive string) string {
	_, text, _ := strings.Cut(archive, "-- go.mod --\n")
	text, _, _ = strings.Cut(text, "\n-- ")
	return strings.TrimSuffix(text, "\n") + "\n"
}

// get adds a module that must be there, and returns what changed.
func get(t *testing.T, s *Store, query string) []string {
	t.Helper()
	draft, err := s.DraftGet(t.Context(), query, func(string) {})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	draft.Keep()
	return draft.Change.Modules
}

// refuseGet asks for a module that must be refused, and returns the error.
func refuseGet(t *testing.T, s *Store, query string) error {
	t.Helper()
	draft, err := s.DraftGet(t.Context(), query, func(string) {})
	if err == nil {
		draft.Discard()
		t.Fatalf("%s was accepted: %v", query, draft.Change.Modules)
	}
	return err
}

// words is a module with what modules have: packages whose names are not those of their folders, names that several
// packages have, internal ones, programs, embedded files, assembly, a directive that reaches another package of the
// module, and a language in which a loop has one variable.
const words = `
-- go.mod --
module example.com/words

go 1.21

require example.com/letters v1.1.0
-- shout/shout.go --
package shout

import (
	"embed"
	"strings"
	_ "unsafe"

	"example.com/letters"
	"example.com/words/internal/quiet"
)

//go:embed mark.txt data/*.txt all:hidden
var files embed.FS

// Up is loud.
func Up(s string) string {
	mark, _ := files.ReadFile("mark.txt")
	more, _ := files.ReadFile("data/more.txt")
	dot, _ := files.ReadFile("hidden/.dot")
	return strings.ToUpper(letters.Only(s)) + strings.TrimSpace(string(mark)) + strings.TrimSpace(string(more)) + strings.TrimSpace(string(dot))
}

// Voice is of another package, whose functions nobody has looked at.
type Voice = quiet.Voice

//go:linkname hush example.com/words/internal/quiet.hush
func hush(s string) string

func Down(s string) string { return hush(s) + quiet.End }

// Loop shows in which language it is compiled.
func Loop() int {
	var all []func() int
	for i := 0; i < 3; i++ {
		all = append(all, func() int { return i })
	}
	return all[0]()
}
-- shout/empty.s --
-- shout/mark.txt --
!
-- shout/data/more.txt --
?
-- shout/hidden/.dot --
.
-- internal/quiet/quiet.go --
package quiet

import "strings"

const End = "~"

type Voice struct{}

func (Voice) Say() int { return 1 }

func hush(s string) string { return strings.ToLower(s) }
-- sum/sum.go --
package sum

func add(a, b int64) int64

const Offset = 100

func Of(a, b int64) int64 { return add(a, b) }
-- sum/add_amd64.s --
#include "textflag.h"
#include "go_asm.h"

DATA one<>+0(SB)/8, $1
GLOBL one<>(SB), RODATA, $8

TEXT ·add(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), AX
	ADDQ b+8(FP), AX
	ADDQ one<>(SB), AX
	ADDQ $const_Offset, AX
	MOVQ AX, ret+16(FP)
	RET
-- sum/add_arm64.s --
#include "textflag.h"
#include "go_asm.h"

DATA one<>+0(SB)/8, $1
GLOBL one<>(SB), RODATA, $8

TEXT ·add(SB), NOSPLIT, $0-24
	MOVD a+0(FP), R0
	MOVD b+8(FP), R1
	ADD R1, R0, R0
	MOVD one<>(SB), R1
	ADD R1, R0, R0
	ADD $const_Offset, R0, R0
	MOVD R0, ret+16(FP)
	RET
-- pure/pure.go --
//go:build purego && noasm

package pure

const Tagged = true
-- pure/asm.go --
//go:build !purego || !noasm

package pure

const Tagged = false
-- go-case/case.go --
package cases

const Name = "cases"
-- one/twin/twin.go --
package twin

const N = 1
-- two/twin/twin.go --
package twin

const N = 2
-- strings/strings.go --
package strings

const Mine = true
-- cmd/tool/main.go --
package main

func main() {}
`

const letters = `
-- letters.go --
package letters

import "unicode"

// Only leaves out what is no letter.
func Only(s string) string {
	var only []rune
	for _, r := range s {
		if unicode.IsLetter(r) {
			only = append(only, r)
		}
	}
	return string(only)
}
`

func wordsAndLetters() map[string]string {
	return map[string]string{
		"example.com/words@v1.0.0": words, "example.com/letters@v1.1.0": letters,
		"example.com/letters@v1.2.0": strings.ReplaceAll(letters, "unicode.IsLetter", "unicode.IsUpper"),
		"example.com/letters@v1.3.0": strings.ReplaceAll(letters, "func Only", "func Just"),
	}
}
