//go:build !linux

package main

// isKilled kills a riffle. Only the test on Linux looks for processes that survive.
func (s *shell) isKilled() {
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	s.ends(-1)
}
