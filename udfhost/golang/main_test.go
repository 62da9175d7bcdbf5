package golang

import (
	"context"
	"os"
	"testing"

	"riffle/udfhost/guest"
)

// cacheDir is shared by the tests of one run, as sessions share a user's.
var cacheDir string

func TestMain(m *testing.M) {
	if cache := os.Getenv(storeVariable); cache != "" {
		compileDeepType(cache)
	}
	folder, err := os.MkdirTemp("", "golang-test-*")
	if err != nil {
		panic(err)
	}
	cacheDir = folder
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// newStore returns a Store that ends with the test.
func newStore(t testing.TB, options guest.Options) *Store {
	t.Helper()
	s := New(Options{CacheDir: cacheDir, Guest: options})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// anyNames admits all functions.
func anyNames(context.Context, []Function) error { return nil }

// define defines a cell that must be right.
func define(t testing.TB, s *Store, name, text string) (*Program, Change) {
	t.Helper()
	draft, err := s.Draft(t.Context(), Cell{Name: name, Line: 1, Text: text}, anyNames)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	draft.Keep()
	return draft.Program, draft.Change
}

// refuse defines a cell that must be rejected, and returns the error.
func refuse(t testing.TB, s *Store, name, text string) error {
	t.Helper()
	before := s.Program()
	draft, err := s.Draft(t.Context(), Cell{Name: name, Line: 1, Text: text}, anyNames)
	if err == nil {
		draft.Discard()
		t.Fatalf("%s was accepted: %s", name, text)
	}
	if s.Program() != before {
		t.Fatalf("%s changed the program", name)
	}
	return err
}
