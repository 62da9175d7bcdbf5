package session

import (
	"riffle/session/cell"
	"riffle/session/sqltext"
)

// What a front end hands in and gets back is that of package cell.
type (
	Cell      = cell.Cell
	Statement = cell.Statement
	Error     = cell.Error
)

// ReadCell reads a script.
func ReadCell(path string) (Cell, error) { return cell.ReadCell(path) }

// ReadCells reads a script, or the cells of a notebook that are to be carried out.
func ReadCells(path string) ([]Cell, error) { return cell.ReadCells(path) }

// CheckVariable returns an error if no variable can have the name.
func CheckVariable(name string) error { return cell.CheckVariable(name) }

// Explain renders any error for people: the message with its position, the
// source line with carets, the next step. No line end at the end.
func Explain(err error) string { return cell.Explain(err) }

// Fail makes an error at a span of the statement's cell, for a front end that
// carries the statement out itself.
func Fail(st Statement, at sqltext.Span, message, hint string) *Error {
	return cell.FailAt(st, at, message, hint)
}
