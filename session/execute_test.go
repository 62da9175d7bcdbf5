package session

import (
	"slices"
	"testing"

	"riffle/session/sqltext"
)

// Every class of statements that package sqltext distinguishes has an executor here.
func TestEveryClassHasAnExecutor(t *testing.T) {
	s := &Session{}
	for c := sqltext.Unknown; c.String() != "no class"; c++ {
		st := Statement{Statement: sqltext.Statement{Class: c, Verb: "SELECT"}}
		if !slices.ContainsFunc(s.classes(), func(row class) bool { return row.has(st) }) {
			t.Errorf("nothing carries out a statement of %s", c)
		}
	}
}
