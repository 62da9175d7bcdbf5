package session

import "testing"

func TestVariables(t *testing.T) {
	s := &Session{variables: map[string]string{"a": "1"}}
	for _, name := range []string{"", "1a", "a-b", "a b", "ä"} {
		if s.Set(name, "x") == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if err := s.Unset("a"); err != nil || len(s.Variables()) != 0 {
		t.Errorf("%v, left %v", err, s.Variables())
	}
	if s.Unset("a") == nil {
		t.Error("unset twice")
	}
}
