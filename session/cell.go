package session

import (
	"riffle/session/cell"
	"riffle/session/sqltext"
)

// These types of package cell are what front ends pass in and get back.
type (
	Cell      = cell.Cell
	Statement = cell.Statement
	Error     = cell.Error
)

// ReadCell reads a script.
func ReadCell(path string) (Cell, error) { return cell.ReadCell(path) }

// ReadCells reads a script, or the cells of a notebook that are to run.
func ReadCells(path string) ([]Cell, error) { return cell.ReadCells(path) }

// CheckVariable returns an error if name is not valid for a variable.
func CheckVariable(name string) error { return cell.CheckVariable(name) }

// StrayError returns the error for a line that starts no statement, with a suggestion.
func StrayError(st Statement) error { return cell.StrayError(st) }

// Explain renders any error for people: the message with its position, the source line with
// carets, and the next step. The text does not end with a newline.
func Explain(err error) string { return cell.Explain(err) }

// Fail returns an error at a span of the statement's cell, for a front end that runs the
// statement itself.
func Fail(st Statement, at sqltext.Span, message, hint string) *Error {
	return cell.FailAt(st, at, message, hint)
}
