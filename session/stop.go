package session

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session/mention"
)

// The settings of Flink's that say where savepoints go and where a job goes on
// from, each with its name in Flink 1.
const (
	savepointDir      = "execution.checkpointing.savepoint-dir"
	savepointDirOfOld = "state.savepoints.dir"
	recoveryPath      = "execution.state-recovery.path"
	recoveryPathOfOld = "execution.savepoint.path"
)

// Stop ends a job with a savepoint in a folder, "" for the one that is set, and
// gives its path. Execute's STOP JOB does the same to the folder that is set.
func (s *Session) Stop(ctx context.Context, job, folder string) (savepoint string, err error) {
	if err := s.takeTurn(ctx); err != nil {
		return "", err
	}
	defer func() { s.turn <- struct{}{} }()
	settings := s.Settings()
	switch {
	case folder != "":
		if settings[savepointDir], err = asURL(folder); err != nil {
			return "", err
		}
	case settings[savepointDir] == "" && settings[savepointDirOfOld] == "":
		return "", errors.New("where to? name a folder, or SET '" + savepointDir + "' = 'file:///…'")
	}
	// What is said of it is spelled where the command was typed.
	cell := Cell{Text: "STOP JOB '" + job + "' WITH SAVEPOINT", Name: job, Sigil: mention.Mark}
	err = s.planning(ctx, false, func(g Gateway) error {
		if before := s.Settings(); !maps.Equal(before, settings) {
			if err := g.Configure(ctx, settings); err != nil {
				return err
			}
			defer func() {
				if again := g.Configure(context.WithoutCancel(ctx), before); err == nil {
					err = again
				}
			}()
		}
		answer, err := g.Execute(ctx, cell.Text, s.internalName())
		if err != nil {
			return err
		}
		for _, rec := range answer.Rows.Records {
			savepoint = rec.Column(0).(*array.String).Value(0)
			rec.Release()
		}
		return nil
	})
	if err == nil {
		return savepoint, nil
	}
	_, sql, failed := s.expand(cell.Statements()[0])
	var e *Error
	if err = s.explainFault(ctx, sql, err); failed == nil && errors.As(err, &e) {
		// Its place is in a statement that nobody has typed.
		return "", errors.New(strings.TrimSuffix(e.Message+": "+e.Hint, ": "))
	}
	return "", err
}

// asURL makes an absolute address of a folder's path: the JVM runs in another one.
func asURL(folder string) (string, error) {
	if strings.Contains(folder, ":/") && !filepath.IsAbs(folder) {
		return folder, nil
	}
	path, err := filepath.Abs(folder)
	if path = filepath.ToSlash(path); !strings.HasPrefix(path, "/") {
		path = "/" + path // with a drive
	}
	return "file://" + path, err
}

// notRecovered says that a query's rows are all there, though a savepoint is set to
// go on from: it would bring only what has changed since.
func (s *Session) notRecovered() []string {
	settings := s.Settings()
	for _, key := range []string{recoveryPath, recoveryPathOfOld} {
		if settings[key] != "" {
			return []string{"begins anew: only INSERT goes on from the savepoint that " + key + " names"}
		}
	}
	return nil
}
