// Package payload defines what a function is registered with in Flink: its kind, the name under
// which the engine finds it, and its options. The harness knows nothing else about a function.
//
// The engine that has compiled the function writes the payload once. It travels through the
// session and the planner as bytes, and an operator reads it once, when it resolves the function.
// The planner reads and changes it too (Payload.java). Flink and the harness treat calls with
// equal payloads and equal arguments as one call, so equal payloads must have equal bytes: fields
// with their zero value are omitted, and the order of the fields is fixed.
package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Version is that of the payloads that this package writes, and the only one that it
// reads.
const Version = 2

// Kind is a kind of function. Each stop on a function's way has a table or a switch of
// kinds, and refuses one that it does not know by its name: the engine's declarations,
// GoFunctions.java, the operations, and package abi.
type Kind string

const (
	// Scalar is a function of one row with one value.
	Scalar Kind = "scalar"
	// Kept is a column that the harness computes itself: which rows no other function of
	// the same operator wants left out. It is a BOOLEAN for the plan to filter by, and its
	// arguments mean nothing.
	Kept Kind = "kept"
)

// Payload is a function of an engine's, with its options.
type Payload struct {
	Version int  `json:"riffle"`
	Kind    Kind `json:"kind"`
	// Program and Function are names that the engine knows the function by.
	Program  string `json:"program,omitempty"`
	Function string `json:"function,omitempty"`
	// OnError is what becomes of a row for which it fails: "null" or "skip"; "" fails the
	// query.
	OnError string `json:"onError,omitempty"`
	// Varies: equal arguments can have different results. The planner gives each call of
	// such a function a number, from 2 on, that keeps it apart from the others.
	Varies bool `json:"varies,omitempty"`
	Call   int  `json:"call,omitempty"`
	// ByRow: Flink sends its arguments row by row, and not as Arrow columns.
	ByRow bool `json:"byRow,omitempty"`
}

// Bytes are what Flink gets.
func (p Payload) Bytes() []byte {
	p.Version = Version
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // there is nothing in it that JSON cannot say
	}
	return b
}

// Parse reads a payload. It refuses what another version has written: an option that is
// overlooked would give wrong results.
func Parse(b []byte) (Payload, error) {
	var p Payload
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if _, more := d.Token(); err != nil || more != io.EOF || p.Version != Version {
		return Payload{}, fmt.Errorf("the function %.60q was not registered by this version of riffle", b)
	}
	return p, nil
}

// Unsupported is the error of a stop that does not know a kind of function.
func (k Kind) Unsupported() error {
	return fmt.Errorf("functions of kind %q are not supported", string(k))
}
