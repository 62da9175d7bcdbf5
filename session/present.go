package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// present turns an answer into the reply to the statement.
func (s *Session) present(ctx context.Context, u *submission) (Reply, error) {
	answer := u.answer
	if answer.Job == "" && answer.Result == nil {
		return s.done(ctx, u), nil
	}
	started := query.Started{
		Query: u.name, Span: u.Span, Job: answer.Job, Bounded: answer.Bounded || answer.Job == "",
		Kinds: []string{changelog.Insert.String()}, Functions: answer.Functions,
	}
	runs := query.Job{Gateway: u.gateway, ID: answer.Job, LogFrom: answer.LogEnd}
	notices := slices.Concat(unstable(answer), uncommitted(answer))
	src := s.sourceOf(runs)
	switch {
	case answer.Query != nil:
		started.Describe(answer.Result)
		src = query.JobRows{Rows: answer.Query, Job: runs}
		notices = slices.Concat(notices, asText(answer.Result.Texts), s.notRecovered())
	case len(answer.Jobs) > 0:
		return s.presentJobs(started, u)
	case answer.Result != nil:
		started.Query = s.queries.InternalName()
		started.Schema, started.Location = answer.Result.Schema, answer.Result.Location
		started.Text = statement.EffectOf(u.Verb)&statement.Text != 0
		records := answer.Records
		if started.Text {
			records = maskTexts(records)
		}
		src, notices = &query.LocalRows{Records: records}, asText(answer.Result.Texts)
	}
	reply, err := s.start(started, u.task, src, notices...)
	if err == nil && answer.Result == nil {
		reply.Message = fmt.Sprintf("%s: job %s", reply.Query.ID(), answer.Job)
	}
	return reply, err
}

// sourceOf returns the source of a job without rows.
func (s *Session) sourceOf(j query.Job) query.Source {
	if s.config.Cluster == "" {
		return j
	}
	return query.NewEnduringJob(j, s.gateways.Gateway)
}

// done returns the message for a statement that has no rows to show.
func (s *Session) done(ctx context.Context, u *submission) Reply {
	if strings.HasPrefix(u.Verb, "USE") {
		s.readNames(ctx, u.gateway)
	}
	message := "OK"
	if replaces := u.answer.Replaced.Replaces(); replaces != "" {
		message += "; it " + replaces
	}
	if len(u.answer.Hides) > 0 {
		message += "; the session's Go functions hide the module's " + strings.Join(u.answer.Hides, ", ")
	}
	return Reply{Message: message}
}

// readNames updates the catalog at once, for a prompt that shows the current catalog and
// database.
func (s *Session) readNames(ctx context.Context, g gateway.Gateway) {
	if names, err := g.Names(ctx); err == nil {
		s.catalog.Update(names)
	}
}

// unstable reports which functions can make a result wrong: when a row is retracted, the
// function may return another value than when the row was added.
func unstable(answer gateway.Answer) []string {
	var notices []string
	for _, name := range answer.Unstable {
		notices = append(notices, name+" is not deterministic: for a retraction (-U, -D) it may return another value than for the row that is retracted, and then that row stays in the result")
	}
	return notices
}

// uncommitted reports tables whose rows stay invisible because no checkpoint commits them.
func uncommitted(answer gateway.Answer) []string {
	if len(answer.Uncommitted) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: a streaming INSERT commits its rows at checkpoints only, and checkpoints are off: before INSERT, SET 'execution.checkpointing.interval' = '10 s'",
		strings.Join(answer.Uncommitted, ", "))}
}

// asText reports which columns are shown as text because rows cannot carry their types.
func asText(types map[string][]string) []string {
	var notices []string
	for _, column := range sortedKeys(types) {
		notices = append(notices, fmt.Sprintf("column %s: %s is shown as text", column, strings.Join(types[column], ", ")))
	}
	return notices
}

// maskTexts hides the secrets in the SQL of a column of texts. It takes the
// records over.
func maskTexts(records []arrow.Record) []arrow.Record {
	for i, record := range records {
		texts, ok := record.Column(0).(*array.String)
		if !ok {
			continue
		}
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for row := range texts.Len() {
			b.Append(sqltext.Mask(texts.Value(row)))
		}
		column := b.NewArray()
		columns := append([]arrow.Array{column}, record.Columns()[1:]...)
		records[i] = array.NewRecord(record.Schema(), columns, record.NumRows())
		column.Release()
		b.Release()
		record.Release()
	}
	return records
}

// notRecovered reports that a query starts from the beginning although a savepoint is set.
// Restored from the savepoint, it would return only the changes since then.
func (s *Session) notRecovered() []string {
	settings := s.Settings()
	for _, key := range []string{recoveryPath, recoveryPathOfOld} {
		if settings[key] != "" {
			return []string{"starts from the beginning: only INSERT resumes from the savepoint of " + key + ""}
		}
	}
	return nil
}
