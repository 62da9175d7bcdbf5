package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/cell"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// Reply is what a statement came to.
type Reply struct {
	// Message says what was done, one line; "" where rows say it.
	Message string
	// Query runs, or has rows to show; nil if the statement is done. Events is
	// a subscription to it that misses nothing; the caller Closes it.
	Query  *query.Query
	Events *query.Subscription
	// Note says what else came of it, "" for nothing.
	Note    string
	Elapsed time.Duration
}

// Execute carries out one statement, except commands, which are the front end's.
// A query's first subscription is of the given mode. Errors are *Error, or the
// context's own; after one the session is as it was before.
func (s *Session) Execute(ctx context.Context, st Statement, mode query.Mode) (Reply, error) {
	begun := time.Now()
	defer s.gateways.ExplainWait()()
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return Reply{}, err
	}
	defer release()
	reply, err := s.dispatch(ctx, st, mode)
	reply.Elapsed = time.Since(begun)
	s.catalog.Planned(err == nil && renames(st))
	s.jarsChanged(st)
	return reply, err
}

func (s *Session) dispatch(ctx context.Context, st Statement, mode query.Mode) (Reply, error) {
	st, sql, err := st.Expand(s.Variables())
	if err != nil {
		return Reply{}, err
	}
	var lexical *sqltext.Error
	switch {
	case st.Class == sqltext.Unknown:
		return Reply{}, cell.StrayError(st)
	case errors.As(st.Err, &lexical):
		return Reply{}, cell.FailAt(st, lexical.Span, lexical.Message, "")
	case st.Class == sqltext.Go:
		return s.define(ctx, st)
	case st.Class == sqltext.Command:
		return Reply{}, cell.Fail(st, fmt.Sprintf("%s is no statement", st.Verb), "commands work in the shell")
	}
	if reply, done, err := s.collect(ctx, st, sql); done || err != nil {
		return reply, err
	}
	switch st.Verb {
	case "SET", "RESET":
		return s.configure(ctx, st, sql, mode)
	case beginSet:
		return s.begin(st), nil
	case endSet:
		return s.end(ctx, st, mode)
	}
	return s.submit(ctx, st, sql, mode)
}

// renames tells whether a statement changes what others can name.
func renames(st Statement) bool {
	if st.Class == sqltext.Go {
		return true
	}
	// An unknown one begins with variables, whatever they make of it.
	return st.Class == sqltext.Unknown || statement.EffectOf(st.Verb)&statement.Renames != 0
}

// jarsChanged tells the catalog of other jars, if a statement has changed them.
func (s *Session) jarsChanged(st Statement) {
	if strings.HasSuffix(st.Verb, " JAR") {
		s.catalog.JarsChanged()
	}
}

// repeatable tells whether a statement may be run again when it is not known
// whether it ran: not if it starts a job that writes, or changes what outlives
// the session.
func repeatable(st Statement) bool {
	if st.Verb == "CREATE TABLE" && st.Lexed().Has("SELECT") {
		return false // it writes rows
	}
	return statement.EffectOf(st.Verb)&statement.Repeatable != 0
}

// submit sends SQL to the gateway and makes a query of what runs or has rows.
// The text is that of st, or of the statements that st brings together.
func (s *Session) submit(ctx context.Context, st Statement, sql cell.SQL, mode query.Mode) (Reply, error) {
	name := s.number()
	st.Planned = sql.Text
	var used gateway.Gateway
	var answer gateway.Answer
	execute := func(ctx context.Context, g gateway.Gateway) (err error) {
		used = g
		if st.Verb == "STOP JOB" {
			answer, err = executeStop(ctx, ctx, g, sql.Text, name)
		} else {
			answer, err = g.Execute(ctx, sql.Text, name)
		}
		if answer.Journal != "" { // it has its effect, whatever is wrong with the answer
			s.journal.Add(journal.Entry{SQL: answer.Journal, Position: st.Cell.Position(st.Span.Start), Function: answer.Function})
		}
		return err
	}
	var err error
	switch {
	case st.Verb == endSet:
		err = s.gateways.CarryOut(ctx, repeatable(st), link.Change{
			Apply:  execute,
			Commit: func() { s.DropSet() },
			Late:   func() { s.runLate(st, name, used, answer) },
		})
	case renames(st):
		err = s.gateways.CarryOut(ctx, repeatable(st), link.Change{
			Apply: execute,
			Late: func() {
				s.jarsChanged(st)
				s.giveUp(used, answer.Job)
			},
		})
	default:
		err = s.gateways.Plan(ctx, repeatable(st), func(g gateway.Gateway) error { return execute(ctx, g) })
	}
	// A statement that was given up may still write its answer.
	if mayRun(err) || err == nil && (answer.Query != nil || answer.Job != "" || len(answer.Jobs) > 0) {
		s.useNumber()
	}
	if err != nil {
		return Reply{}, s.explainFault(ctx, sql, err)
	}
	if answer.Undeclared != "" {
		return s.undeclare(ctx, st, sql, answer.Undeclared)
	}
	s.forgetNames(st)
	return s.present(ctx, st, name, used, answer, mode)
}

// present makes of an answer what the statement came to.
func (s *Session) present(ctx context.Context, st Statement, name string, g gateway.Gateway, answer gateway.Answer, mode query.Mode) (Reply, error) {
	if answer.Job == "" && answer.Result == nil {
		return s.done(ctx, st, g, answer), nil
	}
	started := query.Started{
		Query: name, Span: st.Span, Job: answer.Job, Bounded: answer.Bounded || answer.Job == "",
		Kinds: []string{changelog.Insert.String()}, Functions: answer.Functions,
	}
	runs := query.Job{Gateway: g, ID: answer.Job, LogFrom: answer.LogEnd}
	notices := unstable(answer)
	var src query.Source = runs
	switch {
	case answer.Query != nil:
		started.Describe(answer.Result)
		src = query.JobRows{Rows: answer.Query, Job: runs}
		notices = slices.Concat(notices, asText(answer.Result.Texts), s.notRecovered())
	case len(answer.Jobs) > 0:
		return s.presentJobs(started, st, g, answer, mode)
	case answer.Result != nil:
		started.Query = s.internalName()
		started.Schema, started.Location = answer.Result.Schema, answer.Result.Location
		started.Text = statement.EffectOf(st.Verb)&statement.Text != 0
		records := answer.Records
		if started.Text {
			records = maskTexts(records)
		}
		src, notices = &query.LocalRows{Records: records}, asText(answer.Result.Texts)
	}
	reply, err := s.start(started, st, src, mode, notices...)
	if err == nil && answer.Result == nil {
		reply.Message = fmt.Sprintf("%s: job %s", reply.Query.ID(), answer.Job)
	}
	return reply, err
}

// done says what a statement did that has nothing to show.
func (s *Session) done(ctx context.Context, st Statement, g gateway.Gateway, answer gateway.Answer) Reply {
	if strings.HasPrefix(st.Verb, "USE") {
		s.readNames(ctx, g)
	}
	message := "OK"
	if replaces := answer.Replaced.Replaces(); replaces != "" {
		message += "; it " + replaces
	}
	if len(answer.Hides) > 0 {
		message += "; the session's Go functions hide the module's " + strings.Join(answer.Hides, ", ")
	}
	return Reply{Message: message}
}

// runLate lets the job of a statement set run that was submitted though its END was
// given up: it may have written rows, and must not be submitted twice.
func (s *Session) runLate(st Statement, name string, g gateway.Gateway, answer gateway.Answer) {
	reply, err := s.present(s.ctx, st, name, g, answer, query.Told)
	if err != nil {
		s.config.Notice("the statement set was submitted before END was given up, and was cancelled: " + err.Error())
		return
	}
	reply.Events.Close()
	s.config.Notice(fmt.Sprintf("the statement set was submitted before END was given up, and runs as %s", reply.Query.ID()))
}

// mayRun tells whether a statement that came to an error may all the same run in
// Flink, under the name that it was given: it was not Flink that refused it.
func mayRun(err error) bool {
	var fault *gateway.Fault
	return err != nil && !errors.As(err, &fault)
}

// readNames brings the catalog up to date at once, for a prompt that tells where
// the session is.
func (s *Session) readNames(ctx context.Context, g gateway.Gateway) {
	if names, err := g.Names(ctx); err == nil {
		s.catalog.Update(names)
	}
}

// giveUp cancels the job, if there is one, of a statement that was given up.
func (s *Session) giveUp(g gateway.Gateway, job string) {
	if job == "" {
		return
	}
	if err := g.CancelJob(s.ctx, job); err != nil {
		s.config.Log.Warn("a job whose statement was given up goes on", "job", job, "error", err)
	}
}

// unstable says which functions can make a result wrong: that of a call for a row
// that is taken back may be another than when the row came.
func unstable(answer gateway.Answer) []string {
	var notices []string
	for _, name := range answer.Unstable {
		notices = append(notices, name+" is not deterministic: what it returns for a row that is taken back (-U, -D) may not match what it returned when the row came, and then rows are left over")
	}
	return notices
}

// asText says which columns have values that are texts because rows cannot bring
// them otherwise.
func asText(types map[string][]string) []string {
	var notices []string
	for _, column := range sortedKeys(types) {
		notices = append(notices, fmt.Sprintf("column %s: %s is shown as text", column, strings.Join(types[column], ", ")))
	}
	return notices
}

// start makes a query and lets it run. The notices are for its first subscriber.
func (s *Session) start(started query.Started, st Statement, src query.Source, mode query.Mode, notices ...string) (Reply, error) {
	q, events, err := s.newQuery(started, st, src, mode, notices)
	if err != nil {
		_ = src.Cancel(s.ctx)
		return Reply{}, &Error{Message: err.Error(), Position: st.Cell.Position(st.Span.Start), Err: err}
	}
	reply := Reply{Query: q, Events: events}
	if st.Name != "" && started.Job != "" {
		loser, err := s.Name(q, st.Name)
		if err != nil {
			s.config.Log.Warn("a query's name is not one", "error", err) // whoever made the statement has to check it
		}
		reply.Note = TookOver(st.Name, loser)
	}
	s.launch(q)
	return reply, nil
}

// configure carries out SET and RESET.
func (s *Session) configure(ctx context.Context, st Statement, sql cell.SQL, mode query.Mode) (Reply, error) {
	setting, err := sqltext.ParseSet(sql.Lexed)
	if err != nil {
		var lexical *sqltext.Error
		if errors.As(err, &lexical) {
			return Reply{}, sql.Fail(lexical.Span, lexical.Message, "")
		}
		return Reply{}, err
	}
	before, settings := s.Settings(), s.Settings()
	switch {
	case setting.Key == "" && !setting.Reset:
		return s.showSettings(st, settings, mode)
	case setting.Key == "":
		clear(settings)
	case setting.Reset:
		delete(settings, setting.Key)
	default:
		if err := s.checkSetting(ctx, sql, setting); err != nil {
			return Reply{}, err
		}
		settings[setting.Key] = setting.Value
	}
	err = s.gateways.CarryOut(ctx, true, link.Change{
		Apply: func(ctx context.Context, g gateway.Gateway) error {
			return s.configureGateway(ctx, g, before, settings)
		},
		Undo: func(ctx context.Context, g gateway.Gateway) error {
			return s.configureGateway(ctx, g, settings, before)
		},
		Commit: func() {
			s.mu.Lock()
			s.settings = settings
			s.mu.Unlock()
			s.config.Functions.SetJail(jailed(settings))
		},
	})
	if err != nil {
		err = s.explainFault(ctx, sql, err)
		var e *Error
		if st, at, ok := sql.Locate(setting.ValueSpan); ok && errors.As(err, &e) && setting.Value != "" {
			e.At(st, at)
		}
		return Reply{}, err
	}
	if jailed(before) && !jailed(settings) {
		return Reply{Message: "OK: functions of queries that start from now on can do all that you can do"}, nil
	}
	return Reply{Message: "OK"}, nil
}

// configureGateway takes a gateway from some settings to others, and its functions
// with them.
func (s *Session) configureGateway(ctx context.Context, g gateway.Gateway, from, to map[string]string) error {
	if err := g.Configure(ctx, to); err != nil || onError(from) == onError(to) {
		return err
	}
	return s.register(ctx, g, onError(to))
}

// checkSetting refuses a key that Flink does not know and that is nearly one that
// it does. Any other may be an option of a connector or a file system.
func (s *Session) checkSetting(ctx context.Context, sql cell.SQL, setting sqltext.Setting) error {
	if strings.HasPrefix(setting.Key, ownPrefix) {
		return checkOwn(sql, setting)
	}
	if s.options == nil {
		if err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
			s.options, err = g.Settings(ctx)
			return err
		}); err != nil {
			return s.explainFault(ctx, sql, err)
		}
	}
	near := sqltext.Nearest(setting.Key, slices.Values(s.options))
	if near == "" || slices.Contains(s.options, setting.Key) {
		return nil
	}
	return sql.Fail(setting.KeySpan, "there is no setting "+setting.Key, cell.DidYouMean(near))
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

func (s *Session) showSettings(st Statement, settings map[string]string, mode query.Mode) (Reply, error) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "key", Type: arrow.BinaryTypes.String},
		{Name: "value", Type: arrow.BinaryTypes.String},
		changelog.KindField(),
	}, nil)
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	for _, key := range sortedKeys(settings) {
		rows.Field(0).(*array.StringBuilder).Append(key)
		rows.Field(1).(*array.StringBuilder).Append(sqltext.MaskValue(key, settings[key]))
		rows.Field(2).(*array.Int8Builder).Append(int8(changelog.Insert))
	}
	started := query.Started{Query: s.internalName(), Span: st.Span, Schema: schema, Kinds: []string{changelog.Insert.String()}, Bounded: true}
	return s.start(started, st, &query.LocalRows{Records: []arrow.Record{rows.NewRecord()}}, mode)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
