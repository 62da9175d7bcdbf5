package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session/gateway"
	"riffle/session/link"
	"riffle/session/mention"
)

// Stop stops a job with a savepoint and returns the savepoint's path. An empty folder selects
// the configured one, to which STOP JOB in Execute also writes.
func (s *Session) Stop(ctx context.Context, job, folder string) (savepoint string, err error) {
	defer s.gateways.ExplainWait()()
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	settings := s.Settings()
	switch {
	case folder != "":
		if settings[savepointDir], err = asURL(folder); err != nil {
			return "", err
		}
	case s.config.Cluster == "" && settings[savepointDir] == "" && settings[savepointDirOfOld] == "": // a cluster may have one
		return "", errors.New("a savepoint needs a folder: name one, or SET '" + savepointDir + "' = 'file:///…'")
	}
	// Messages about it spell commands as they are typed where the command was typed.
	command := Cell{Text: "STOP JOB '" + job + "' WITH SAVEPOINT", Name: job, Sigil: mention.Mark}
	before, path := s.Settings(), ""
	err = s.gateways.CarryOut(ctx, false, link.Change{
		Apply: func(background context.Context, g gateway.Gateway) (err error) {
			path, err = s.stopWith(background, ctx, g, command.Text, before, settings)
			return err
		},
		SettledLate: func(err error) {
			switch {
			case err == nil:
				s.reportStopped(job, path)
			case keepsSettings(err):
				s.config.Notice(fmt.Sprintf("the job %s: %v", job, err))
			}
		},
	})
	switch {
	case err == nil:
		return path, nil
	case keepsSettings(err) && ctx.Err() == nil:
		return "", err
	}
	_, sql, failed := command.Statements()[0].Expand(s.Variables())
	var e *Error
	if err = s.explainFault(ctx, sql, err); failed == nil && errors.As(err, &e) {
		// Its place is in a generated statement, which the user did not type.
		return "", errors.New(strings.TrimSuffix(e.Message+": "+e.Hint, ": "))
	}
	return "", err
}

// stopJob executes STOP JOB.
func (s *Session) stopJob(ctx context.Context, t task) (Reply, error) {
	u := s.newSubmission(t)
	err := s.gateways.CarryOut(ctx, repeatable(t.Statement), link.Change{
		Apply: func(background context.Context, g gateway.Gateway) (err error) {
			u.gateway = g
			u.answer, err = executeStop(background, ctx, g, t.sql.Text, u.name)
			return err
		},
		SettledLate: func(err error) {
			if found := stoppedJob.FindStringSubmatch(t.sql.Text); err == nil && found != nil {
				s.reportStopped(found[1], savepointIn(u.answer))
			}
		},
	})
	return s.answered(ctx, u, err)
}

// reportStopped reports that a job has stopped although its caller gave up. savepoint is "" if
// there is none.
func (s *Session) reportStopped(job, savepoint string) {
	if savepoint != "" {
		savepoint = ": its savepoint is " + savepoint
	}
	s.config.Notice(fmt.Sprintf("the job %s has stopped all the same%s", job, savepoint))
}

// savepointIn returns the path in the answer to a STOP JOB, or "". It takes over the answer's
// rows.
func savepointIn(answer gateway.Answer) (path string) {
	for _, rec := range answer.Records {
		if texts, is := rec.Column(0).(*array.String); is && texts.Len() > 0 {
			path = texts.Value(0)
		}
		rec.Release()
	}
	return path
}

const (
	// deployWithin bounds how long a savepoint waits for the tasks of its job.
	deployWithin = time.Minute
	deployEvery  = 200 * time.Millisecond
)

var stoppedJob = regexp.MustCompile(`'([0-9a-f]{32})'`)

// executeStop executes STOP JOB. A job that was only just submitted has tasks that do not run
// yet, and cannot take a savepoint until they do. executeStop waits for them, unless the caller
// gives up.
func executeStop(ctx, caller context.Context, g gateway.Gateway, sql, name string) (gateway.Answer, error) {
	found := stoppedJob.FindStringSubmatch(sql)
	late := time.Now().Add(deployWithin)
	for deployed := false; ; {
		answer, err := g.Execute(ctx, sql, name)
		var fault *gateway.Fault
		if found == nil || deployed || !errors.As(err, &fault) || !fault.NotYet || time.Now().After(late) {
			return answer, err
		}
		// If all tasks run by now, try once more. If some have ended, the second try fails too.
		h, failed := g.Health(ctx, found[1])
		deployed = failed == nil && h.Deployed
		select {
		case <-time.After(deployEvery):
		case <-caller.Done():
			return gateway.Answer{}, caller.Err()
		}
	}
}

// stopWith stops a job under settings of its own. If Flink rejects the settings that are
// restored afterwards, the error says so, and mentions a savepoint that was taken.
func (s *Session) stopWith(ctx, caller context.Context, g gateway.Gateway, sql string, before, settings map[string]string) (savepoint string, err error) {
	if !maps.Equal(before, settings) {
		if err := g.Configure(ctx, settings); err != nil {
			return "", errors.Join(err, g.Configure(ctx, before))
		}
		defer func() {
			if again := g.Configure(ctx, before); again != nil {
				err = &settingsError{savepoint: savepoint, err: err, again: again}
			}
		}()
	}
	answer, err := executeStop(ctx, caller, g, sql, s.queries.InternalName())
	if err != nil {
		return "", err
	}
	return savepointIn(answer), nil
}

// settingsError reports that Flink still has the settings under which a job was stopped.
type settingsError struct {
	savepoint string // "" if the job was not stopped
	err       error  // why not
	again     error
}

func (e *settingsError) Error() string {
	done := fmt.Sprintf("the job has stopped, its savepoint is %s", e.savepoint)
	if e.err != nil {
		done = e.err.Error()
	}
	return fmt.Sprintf("%s; but Flink keeps the folder of this savepoint as its setting (%v): any SET or RESET takes it back", done, e.again)
}

// keepsSettings reports whether the gateway is alive and has the settings under which a job was
// stopped.
func keepsSettings(err error) bool {
	var kept *settingsError
	return errors.As(err, &kept) && !errors.As(kept.again, new(*gateway.LostError))
}

// asURL converts a folder's path to an absolute URL, because the JVM runs in another folder.
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
