package golang

import (
	"slices"

	"riffle/udfhost/engine"
	"riffle/udfhost/payload"
)

// Program is an executable built from declarations.
type Program struct {
	// Hash identifies the program. It is computed from all inputs of the build.
	Hash       string
	Executable string
	Functions  []Function // sorted by name
	// Declared are all names that its cells declare, and Imports the packages that they import by
	// a name of their choice, for completion.
	Declared   []Member
	Imports    map[string]string
	signatures []*signature
}

// Payload returns the payload with which a function of the program is registered in Flink. o says what
// happens to rows for which the function fails, and a how it is called if it is asynchronous.
func (p *Program) Payload(f Function, o engine.OnError, a payload.Async) []byte {
	options := payload.Payload{
		Kind: f.Kind, Program: p.Hash, Function: f.Name, Varies: f.Nondeterministic != "",
	}
	if o != engine.Fail {
		options.OnError = string(o)
	}
	if f.Async {
		options.Async = a
	}
	return options.Bytes()
}

// runnable returns the program as the engine needs it.
func (p *Program) runnable() *engine.Program {
	r := &engine.Program{Hash: p.Hash, Executable: p.Executable}
	for _, s := range p.signatures {
		f := engine.Function{
			Name: s.Name, Kind: s.Kind, Signature: s.Function.Signature(),
			Nullable: s.Result.Nullable, Context: slices.Contains(s.given, riffleContext), Async: s.Async,
		}
		if s.Kind == payload.Table {
			f.Result = s.tableType()
		} else {
			f.Result = s.result.arrow
		}
		for _, v := range s.params {
			f.Parameters = append(f.Parameters, engine.Parameter{SQLType: v.parameter, Type: v.arrow})
		}
		r.Functions = append(r.Functions, f)
	}
	return r
}
