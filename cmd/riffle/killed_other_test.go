//go:build !linux

package main

// isKilled kills a riffle. What it leaves behind is looked for on Linux.
func (s *shell) isKilled() {
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	s.ends(-1)
}
