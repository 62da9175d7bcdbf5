package session

import (
	"fmt"
	"maps"

	"riffle/session/cell"
)

// Set gives a variable a value for the statements that follow.
func (s *Session) Set(name, value string) error {
	if err := cell.CheckVariable(name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.variables[name] = value
	return nil
}

// Unset removes a variable. It returns an error if the variable does not exist.
func (s *Session) Unset(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.variables[name]; !ok {
		return fmt.Errorf("there is no variable %s", name)
	}
	delete(s.variables, name)
	return nil
}

// Variables returns the variables that were set, by name.
func (s *Session) Variables() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.variables)
}
