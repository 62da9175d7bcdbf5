// Package flinkfn contains the messages with which Flink describes the functions,
// schemas and coders of an operator to an SDK harness: the payloads of the
// transforms and coders in a bundle descriptor.
//
// Everything but this file is generated from flink_fn_execution.proto.
package flinkfn

//go:generate protoc --go_out=. --go_opt=paths=source_relative flink_fn_execution.proto
