package shipment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest/abi"
	"riffle/udfhost/payload"
)

// format is the version of the archive.
const format = 1

// The names of the files in an archive.
const (
	programFile  = "program"
	manifestFile = "manifest.json"
)

// manifest says how the functions of a program are called.
type manifest struct {
	Format    int        `json:"format"`
	ABI       uint32     `json:"abi"`
	Platform  string     `json:"platform"`
	Program   string     `json:"program"` // its hash
	Functions []function `json:"functions"`
}

type function struct {
	Name       string       `json:"name"`
	Kind       payload.Kind `json:"kind"`
	Signature  string       `json:"signature"`
	Parameters []string     `json:"parameters"` // SQL types
	Nullable   bool         `json:"nullable"`
	Context    bool         `json:"context"`
	Async      bool         `json:"async"`
	// Types is an Arrow schema: the parameters, then the result.
	Types []byte `json:"types"`
}

// Platform returns the operating system and the processor for which this process, and the programs that it
// compiles, are made: "linux/amd64".
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func manifestOf(p *engine.Program) ([]byte, error) {
	m := manifest{Format: format, ABI: abi.Version, Platform: Platform(), Program: p.Hash}
	for _, f := range p.Functions {
		described := function{Name: f.Name, Kind: f.Kind, Signature: f.Signature, Nullable: f.Nullable, Context: f.Context, Async: f.Async}
		var types []arrow.DataType
		for _, parameter := range f.Parameters {
			described.Parameters = append(described.Parameters, parameter.SQLType)
			types = append(types, parameter.Type)
		}
		var err error
		if described.Types, err = encodeTypes(append(types, f.Result)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		m.Functions = append(m.Functions, described)
	}
	return json.Marshal(m)
}

// Open returns the program of an archive that was unpacked into a folder. The error says what to do if
// another version of riffle has written the archive.
func Open(folder string) (*engine.Program, error) {
	text, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return nil, fmt.Errorf("read the shipped functions: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("read the shipped functions: %w", err)
	}
	switch {
	case m.Format != format || m.ABI != abi.Version:
		return nil, fmt.Errorf("the worker %s in the cluster's image belongs to another version of riffle: put this version's worker into the image", os.Args[0])
	case m.Platform != Platform():
		return nil, fmt.Errorf("the functions were compiled for %s, and this TaskManager runs on %s", m.Platform, Platform())
	}
	p := &engine.Program{Hash: m.Program, Executable: filepath.Join(folder, programFile)}
	for _, f := range m.Functions {
		types, err := decodeTypes(f.Types)
		if err != nil || len(types) != len(f.Parameters)+1 {
			return nil, errors.Join(fmt.Errorf("%s: the shipped functions have wrong types", f.Name), err)
		}
		read := engine.Function{Name: f.Name, Kind: f.Kind, Signature: f.Signature, Nullable: f.Nullable, Context: f.Context, Async: f.Async, Result: types[len(f.Parameters)]}
		for i, sql := range f.Parameters {
			read.Parameters = append(read.Parameters, engine.Parameter{SQLType: sql, Type: types[i]})
		}
		p.Functions = append(p.Functions, read)
	}
	return p, nil
}

// encodeTypes writes types as an Arrow schema.
func encodeTypes(types []arrow.DataType) ([]byte, error) {
	fields := make([]arrow.Field, len(types))
	for i, t := range types {
		fields[i] = arrow.Field{Name: fmt.Sprint(i), Type: t, Nullable: true}
	}
	var b bytes.Buffer
	err := ipc.NewWriter(&b, ipc.WithSchema(arrow.NewSchema(fields, nil))).Close()
	return b.Bytes(), err
}

func decodeTypes(schema []byte) ([]arrow.DataType, error) {
	r, err := ipc.NewReader(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var types []arrow.DataType
	for _, f := range r.Schema().Fields() {
		types = append(types, f.Type)
	}
	return types, nil
}
