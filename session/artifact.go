package session

import (
	"context"
	"errors"
	"fmt"
	"riffle/session/query"
	"strings"
)

// AddArtifact adds the jars of a Maven artifact to the session, as ADD JAR does, so they
// are added again after a lost JVM. It calls say with lines about its progress. It returns
// the number of jars.
func (s *Session) AddArtifact(ctx context.Context, artifact string, say func(string)) (int, error) {
	if s.config.Jars == nil {
		return 0, errors.New("there is nothing here that fetches jars: ADD JAR '/path/to/the.jar'")
	}
	jars, err := s.config.Jars(ctx, artifact, say)
	if err != nil {
		return 0, err
	}
	say("adding " + artifact)
	for _, jar := range jars {
		cell := Cell{Text: "ADD JAR '" + strings.ReplaceAll(jar, "'", "''") + "'", Name: artifact}
		if _, err := s.Execute(ctx, cell.Statements()[0], query.Lossless); err != nil {
			return 0, fmt.Errorf("add %s: %w", jar, err)
		}
	}
	return len(jars), nil
}
