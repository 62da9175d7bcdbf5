package session

import (
	"context"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/query"
	"riffle/session/trial"
	"riffle/udfhost/engine"
	"riffle/udfhost/golang"
	"riffle/udfhost/payload"
)

// Tried is the result of a call that was made without Flink.
type Tried struct {
	*trial.Outcome                 // nil if the call has failed
	IsCase         bool            // a result was expected of it
	Printed        []query.Printed // what the functions have printed
	Location       *time.Location  // of TIMESTAMP_LTZ values
	Usage          []engine.Usage  // what the functions have done, by name
}

// Try calls a Go function of the session with constants: Grade(95), or Grade(95) = 'A' with the result that is expected.
// The call runs in a process of its own, so package variables have their initial values. It does not wait for Flink. The
// caller releases the outcome. Also with an error, Tried has what was printed. An error about the text or of a function
// is a *trial.Error, whose span is in the text.
func (s *Session) Try(ctx context.Context, text string) (Tried, error) {
	tried := Tried{IsCase: trial.IsCase(text)}
	t, err := trial.Parse(text)
	if err != nil {
		return tried, err
	}
	zone, location, err := zoneOf(s.Settings())
	if err != nil {
		return tried, err
	}
	tried.Location = location
	parameters, err := jobParameters(s.Settings())
	if err != nil {
		return tried, err
	}
	p := &tryProgram{
		session: s, declared: s.program.Load(),
		setting: engine.Setting{Zone: zone, Parameters: parameters, Async: asyncCalls(s.Settings())},
	}
	defer p.close()
	tried.Outcome, err = t.Run(ctx, p, location)
	tried.Printed = p.lines()
	if p.alone != nil {
		tried.Usage = p.alone.Usage()
	}
	return tried, err
}

// tryProgram is the session's program as package trial needs it.
type tryProgram struct {
	session  *Session
	declared *golang.Program // nil if the session has no Go
	setting  engine.Setting
	alone    *engine.Alone // nil before the first call

	mu      sync.Mutex
	printed []query.Printed
}

// Function implements trial.Program.
func (p *tryProgram) Function(name string) (trial.Function, bool) {
	declared, found := functionOf(p.declared, name)
	if !found {
		return trial.Function{}, false
	}
	runs := p.runs().Named(declared.Name)
	f := trial.Function{
		Name: runs.Name, Table: runs.Kind == payload.Table,
		Result: trial.Type{SQL: declared.Result.SQLType, Arrow: runs.Result},
	}
	for i, parameter := range runs.Parameters {
		f.Parameters = append(f.Parameters, trial.Parameter{
			Name: declared.Params[i].Name, Type: trial.Type{SQL: parameter.SQLType, Arrow: parameter.Type}, Default: declared.Params[i].Default.Text,
		})
	}
	return f, true
}

// runs returns the program as the engine runs it.
func (p *tryProgram) runs() *engine.Program {
	return p.session.config.Functions.Engine().Program(p.declared.Hash)
}

// Names implements trial.Program.
func (p *tryProgram) Names() []string {
	if p.declared == nil {
		return nil
	}
	return functionNames(p.declared)
}

// Call implements trial.Program.
func (p *tryProgram) Call(ctx context.Context, name string, arguments []arrow.Array) (arrow.Array, time.Duration, error) {
	if p.alone == nil {
		var err error
		if p.alone, err = p.session.config.Functions.Engine().OpenAlone(ctx, p.runs(), p.setting, p.hear); err != nil {
			return nil, 0, err
		}
	}
	return p.alone.Call(ctx, name, arguments)
}

// hear keeps a line that a function has printed.
func (p *tryProgram) hear(l engine.Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printed = append(p.printed, query.Printed{Query: "try", Function: l.Function, Text: l.Text, Suppressed: l.Suppressed, Last: l.Last})
}

func (p *tryProgram) lines() []query.Printed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed
}

func (p *tryProgram) close() {
	if p.alone == nil {
		return
	}
	if err := p.alone.Close(); err != nil {
		p.session.config.Log.Warn("end the process of a function that was tried", "error", err)
	}
}
