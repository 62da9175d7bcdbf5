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

// Version is the version of the payloads that this package writes. It reads no other version.
const Version = 2

// Kind is a kind of function. Each stop on a function's way has a table or a switch of kinds, and
// names a kind that it does not know in its error: the engine's declarations, GoFunctions.java, the
// operations, and package abi.
type Kind string

const (
	// Scalar is a function that returns one value for each row.
	Scalar Kind = "scalar"
	// Table is a function that returns zero or more rows for each row.
	Table Kind = "table"
	// Kept is a column that the harness computes itself: a BOOLEAN that says whether every
	// other function of the same operator keeps the row. The plan filters by it. Its arguments
	// have no meaning.
	Kept Kind = "kept"
)

// Payload is a function of an engine, with its options.
type Payload struct {
	Version int  `json:"riffle"`
	Kind    Kind `json:"kind"`
	// Program and Function are the names under which the engine finds the function.
	Program  string `json:"program,omitempty"`
	Function string `json:"function,omitempty"`
	// OnError says what happens to a row for which the function fails: "null" or "skip"; ""
	// fails the query.
	OnError string `json:"onError,omitempty"`
	// Varies says that equal arguments can have different results. The planner numbers the
	// calls of such a function, from 2 on, to keep them apart.
	Varies bool `json:"varies,omitempty"`
	// Async says how an asynchronous function is called. Payload.java reads how many rows are computed at a
	// time.
	Async Async `json:"async,omitzero"`
	Call  int   `json:"call,omitempty"`
}

// Async says how the rows of an asynchronous function are computed. It is zero for other functions.
type Async struct {
	Concurrent int `json:"concurrent"` // rows at a time, at least 1
	Retries    int `json:"retries,omitempty"`
	// Timeout is for a row with its retries, and Delay before each of these, in milliseconds.
	Timeout int64 `json:"timeout"`
	Delay   int64 `json:"delay,omitempty"`
}

// Bytes returns the payload in the form that Flink gets.
func (p Payload) Bytes() []byte {
	p.Version = Version
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // all of its fields can be written as JSON
	}
	return b
}

// Parse reads a payload. It returns an error for a payload of another version, because an
// option that it overlooks would give wrong results.
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

// Unsupported returns the error for a kind of function that is not known.
func (k Kind) Unsupported() error {
	return fmt.Errorf("functions of kind %q are not supported", string(k))
}
