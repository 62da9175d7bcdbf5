package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/render"
	"riffle/session"
	"riffle/session/mention"
	"riffle/session/parameter"
	"riffle/session/query"
)

// act returns the handler of a command that its front end performs.
func act(a Action) func(context.Context, *Env, []string) (Answer, error) {
	return func(context.Context, *Env, []string) (Answer, error) { return Answer{Action: a}, nil }
}

func queries(ctx context.Context, env *Env, _ []string) (Answer, error) {
	running := env.Session.Queries()
	if len(running) == 0 {
		if env.FrontEnd == Shell { // in other shells, \q leaves the shell
			return Answer{Text: `no running queries (\quit or Ctrl-D quits riffle)`}, nil
		}
		return Answer{Text: "no running queries"}, nil
	}
	fields := []arrow.Field{
		{Name: "query", Type: arrow.BinaryTypes.String},
		{Name: "state", Type: arrow.BinaryTypes.String},
		{Name: "rows_in", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "changes", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "changes_per_s", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "watermark", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "elapsed", Type: arrow.BinaryTypes.String},
		{Name: "statement", Type: arrow.BinaryTypes.String},
	}
	if env.FrontEnd != Notebook { // SHOW JOBS has the ids there: 32 characters would make a page too wide
		fields = append(fields, arrow.Field{Name: "job", Type: arrow.BinaryTypes.String, Nullable: true})
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer rows.Release()
	ctx, done := context.WithTimeout(ctx, figuresWithin)
	defer done()
	var restarts []string
	for _, q := range running {
		if r := Restarts(env.FrontEnd, q.ID(), appendQuery(ctx, rows, q)); r != "" {
			restarts = append(restarts, q.ID()+": "+r)
		}
	}
	return Answer{
		Rows:            rows.NewRecord(),
		Text:            strings.Join(restarts, "\n"),
		OptionalColumns: []string{"job", "rows_in", "watermark", "elapsed", "changes_per_s", "changes"},
	}, nil
}

// figuresWithin limits the time in which Flink reports the state of the queries. What is
// unknown by then is shown as NULL.
const figuresWithin = 5 * time.Second

// appendQuery appends a row about a query, and returns how often its job was restarted.
func appendQuery(ctx context.Context, rows *array.RecordBuilder, q *query.Query) query.Restarts {
	texts := func(i int, text string) {
		if text == "" {
			rows.Field(i).AppendNull()
			return
		}
		rows.Field(i).(*array.StringBuilder).Append(text)
	}
	numbers := func(i int, n int64, known bool) {
		if !known {
			rows.Field(i).AppendNull()
			return
		}
		rows.Field(i).(*array.Int64Builder).Append(n)
	}
	h, err := q.Health(ctx)
	if err != nil { // it may just have ended, or Flink is too busy to answer
		h = query.Health{RowsIn: -1, Restarts: h.Restarts}
	}
	hasRows := q.Started().Schema != nil // an INSERT has no rows of its own to count
	elapsed := q.Elapsed()
	texts(0, q.ID())
	texts(1, stateOf(h))
	numbers(2, h.RowsIn, h.RowsIn >= 0 && q.Started().Job != "")
	numbers(3, q.Rows(), hasRows)
	numbers(4, int64(float64(q.Rows())/max(elapsed.Seconds(), 0.1)), hasRows)
	texts(5, watermark(h, q.Started().Location))
	texts(6, render.Running(elapsed))
	texts(7, q.Summary())
	if len(rows.Fields()) > 8 {
		texts(8, q.Started().Job)
	}
	return h.Restarts
}

// stateOf translates Flink's word for a job's state into ours.
func stateOf(h query.Health) string {
	switch h.State {
	case "INITIALIZING", "CREATED":
		return "starting"
	case "":
		return "running"
	case "RUNNING":
		if h.Disconnected {
			return "disconnected"
		}
	}
	return strings.ToLower(h.State)
}

// watermark formats a job's watermark, or returns "" for a job without one.
func watermark(h query.Health, loc *time.Location) string {
	switch {
	case h.Drained:
		return "end of input"
	case h.Watermark.IsZero():
		return ""
	case loc == nil: // of an INSERT
		return h.Watermark.UTC().Format(time.DateTime) + " UTC"
	}
	return h.Watermark.In(loc).Format(time.DateTime)
}

// choiceWidth is how much of a statement a question shows, in code points.
const choiceWidth = 60

// noQuery returns the error for a name that no running query has.
func noQuery(name string) error {
	return wrong(name, "no running query is called %s: %s lists them", name, mention.Command("queries"))
}

func show(_ context.Context, env *Env, args []string) (Answer, error) {
	q, ok := env.Session.Query(args[0])
	if !ok {
		return Answer{}, noQuery(args[0])
	}
	return Answer{Action: Show, Query: q}, nil
}

func cancel(ctx context.Context, env *Env, args []string) (Answer, error) {
	running := env.Session.Queries()
	which := ""
	switch {
	case len(args) > 0:
		which = args[0]
	case len(running) == 0:
		return Answer{Text: "no running queries"}, nil
	default:
		var err error
		if which, err = choose(ctx, env, running); err != nil {
			return Answer{}, err
		}
		if which == "" {
			return Answer{Text: "nothing cancelled"}, nil
		}
	}
	running = slices.DeleteFunc(running, func(q *query.Query) bool { return q.Started().Attached })
	if which != "all" {
		q, ok := env.Session.Query(which)
		if !ok && which == "set" {
			return dropSet(env)
		}
		if !ok {
			return Answer{}, noQuery(which)
		}
		running = []*query.Query{q}
	}
	return cancelThese(ctx, running)
}

// dropSet discards the statement set whose END has not been run, or has failed.
func dropSet(env *Env) (Answer, error) {
	inserts, open := env.Session.DropSet()
	switch {
	case !open:
		return Answer{}, errors.New("no statement set is open")
	case inserts == 1:
		return Answer{Text: "statement set discarded, with its INSERT"}, nil
	}
	return Answer{Text: fmt.Sprintf("statement set discarded, with its %d INSERTs", inserts)}, nil
}

// choose asks the user which query to cancel. The answer may be "".
func choose(ctx context.Context, env *Env, running []*query.Query) (string, error) {
	var names, lines []string
	for _, q := range running {
		names = append(names, q.ID())
		text := []rune(render.WithoutControls(q.Summary()))
		lines = append(lines, fmt.Sprintf("%s  %s\n", q.ID(), string(text[:min(len(text), choiceWidth)])))
	}
	if env.Ask == nil {
		return "", fmt.Errorf("which query? %s cancels one of %s; %s cancels all",
			mention.Command("cancel NAME"), strings.Join(names, ", "), mention.Command("cancel all"))
	}
	line, err := env.Ask(ctx, strings.Join(lines, "")+"cancel which, or all? ")
	return strings.TrimSpace(line), err
}

func cancelThese(ctx context.Context, queries []*query.Query) (Answer, error) {
	if len(queries) == 0 {
		return Answer{Text: "no running queries"}, nil
	}
	var names []string
	var failures []error
	for _, q := range queries {
		if err := q.Cancel(ctx); err != nil {
			failures = append(failures, fmt.Errorf("cancel %s: %w", q.ID(), err))
			continue
		}
		names = append(names, q.ID())
	}
	return Answer{Text: "cancelling " + strings.Join(names, ", ")}, errors.Join(failures...)
}

var jobID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func stop(ctx context.Context, env *Env, args []string) (Answer, error) {
	job, folder := args[0], ""
	if len(args) > 1 {
		folder = args[1]
	}
	if q, ok := env.Session.Query(job); ok {
		if job = q.Started().Job; q.Started().Schema != nil {
			return Answer{}, wrong(args[0], "%s is not an INSERT: a query cannot resume from a savepoint, because its rows are in this session; %s cancels it",
				args[0], mention.Command("cancel "+args[0]))
		}
	} else if !jobID.MatchString(job) {
		return Answer{}, wrong(job, "%s, and SHOW JOBS lists all jobs", noQuery(job))
	}
	env.SetStatus("taking a savepoint of " + args[0])
	path, err := env.Session.Stop(ctx, job, folder)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf("%s has stopped; to resume it, run SET 'execution.state-recovery.path' = '%s'; and then the same statement", args[0], path)}, nil
}

func jar(ctx context.Context, env *Env, args []string) (Answer, error) {
	n, err := env.Session.AddArtifact(ctx, args[0], env.SetStatus)
	if err != nil {
		return Answer{}, err
	}
	if n == 1 {
		return Answer{Text: "added " + args[0]}, nil
	}
	return Answer{Text: fmt.Sprintf("added %s, %d jars", args[0], n)}, nil
}

func set(_ context.Context, env *Env, args []string) (Answer, error) {
	variables := env.Session.Variables()
	switch len(args) {
	case 0:
		return listVariables(variables), nil
	case 1:
		value, ok := variables[args[0]]
		if !ok {
			return Answer{}, wrong(args[0], "there is no variable %s: %s lists them", args[0], mention.Command("set"))
		}
		return Answer{Text: args[0] + " is " + value}, nil
	}
	return Answer{}, env.Session.Set(args[0], args[1])
}

func parameters(ctx context.Context, env *Env, args []string) (Answer, error) {
	given, err := parameter.Parse(args[0])
	if err != nil {
		return Answer{}, err
	}
	return Answer{}, env.Session.SetParameters(ctx, given)
}

func listVariables(variables map[string]string) Answer {
	if len(variables) == 0 {
		return Answer{Text: "no variables"}
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "variable", Type: arrow.BinaryTypes.String},
		{Name: "value", Type: arrow.BinaryTypes.String},
	}, nil))
	defer rows.Release()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		rows.Field(0).(*array.StringBuilder).Append(name)
		rows.Field(1).(*array.StringBuilder).Append(variables[name])
	}
	return Answer{Rows: rows.NewRecord()}
}

func unset(_ context.Context, env *Env, args []string) (Answer, error) {
	return Answer{}, env.Session.Unset(args[0])
}

func format(_ context.Context, env *Env, args []string) (Answer, error) {
	d := env.Display
	if len(args) == 0 {
		return Answer{Text: fmt.Sprintf("format is %s; the formats are %s", d.Format, strings.Join(d.Formats, ", "))}, nil
	}
	name := strings.ToLower(args[0])
	if err := d.known(name); err != nil {
		return Answer{}, err
	}
	d.Format = name
	return Answer{Text: "format is " + name}, nil
}

// known returns an error for a name that is not a format's.
func (d *Display) known(format string) error {
	if err := render.IsText(format); err != nil {
		return err
	}
	if !slices.Contains(d.Formats, format) {
		return wrong(format, "there is no format %s: the formats are %s", format, strings.Join(d.Formats, ", "))
	}
	return nil
}

func timing(_ context.Context, env *Env, args []string) (Answer, error) {
	on := !env.Display.Timing
	if len(args) > 0 {
		switch strings.ToLower(args[0]) {
		case "on":
			on = true
		case "off":
			on = false
		default:
			return Answer{}, wrong(args[0], "timing is on or off, not %s", args[0])
		}
	}
	env.Display.Timing = on
	if on {
		return Answer{Text: "timing is on"}, nil
	}
	return Answer{Text: "timing is off"}, nil
}

func pager(_ context.Context, env *Env, args []string) (Answer, error) {
	if len(args) > 0 {
		word := strings.ToLower(args[0])
		if word != "on" && word != "off" && word != "always" {
			if _, err := exec.LookPath(strings.Fields(args[0])[0]); err != nil {
				return Answer{}, wrong(args[0], "program %s not found", strings.Fields(args[0])[0])
			}
			word = args[0]
		}
		env.Display.Pager = word
	}
	return Answer{Text: "pager is " + env.Display.Pager}, nil
}

func trace(ctx context.Context, env *Env, args []string) (Answer, error) {
	if len(args) > 0 {
		return traceOf(ctx, env, args[0])
	}
	var failed *session.Error
	switch {
	case env.Display.Failure == nil:
		return Answer{Text: "no error yet"}, nil
	case !errors.As(env.Display.Failure, &failed) || failed.Trace == "":
		return Answer{Text: "the last error has no stack trace: it did not come from Flink"}, nil
	}
	return Answer{Text: strings.TrimRight(failed.Trace, "\n")}, nil
}
