package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"riffle/session"
	"riffle/session/sqltext"
)

// config is a configuration as it is written: its keys, each with its position. Their meaning
// is in the table of flags.
type config struct {
	cell    session.Cell
	entries []entry
}

// entry is a key and its value, or the header of a table.
type entry struct {
	path   []string // the tables that contain the key, and the key
	key    sqltext.Span
	texts  []string       // of the value; of a list, each element
	places []sqltext.Span // the positions of those
	shape  shape
}

type shape uint8

const (
	scalar shape = iota
	array
	header      // of a table
	unsupported // a time, or a list of lists
)

// scalars are the kinds of values that have a text.
var scalars = []unstable.Kind{unstable.String, unstable.Bool, unstable.Integer, unstable.Float}

// readConfig reads a file. An error in its content is a *session.Error.
func readConfig(path string) (config, error) {
	cell, err := session.ReadCell(path)
	c := config{cell: cell}
	if err != nil {
		return c, err
	}
	// The parser below notices neither a duplicate key nor a value in place of a table. The
	// decoder reports them, but does not know the positions of valid keys.
	var wrong *toml.DecodeError
	switch err := toml.Unmarshal([]byte(cell.Text), &map[string]any{}); {
	case errors.As(err, &wrong):
		return c, c.fail(c.at(wrong.Position()), errors.New(strings.TrimPrefix(wrong.Error(), "toml: ")))
	case err != nil:
		return c, c.fail(sqltext.Span{}, err)
	}
	c.read()
	return c, nil
}

// at returns the position of a row and a column, which are counted from 1.
func (c config) at(row, column int) sqltext.Span {
	at := 0
	for range row - 1 {
		at += strings.IndexByte(c.cell.Text[at:], '\n') + 1
	}
	at = min(at+column-1, len(c.cell.Text))
	return sqltext.Span{Start: at, End: at}
}

// read parses a text that is known to be TOML.
func (c *config) read() {
	var parser unstable.Parser
	parser.Reset([]byte(c.cell.Text))
	var inside []string
	for parser.NextExpression() {
		node := parser.Expression()
		if node.Kind == unstable.KeyValue {
			c.readValue(node, inside)
			continue
		}
		path, at := readKey(node)
		inside = path
		c.entries = append(c.entries, entry{path: path, key: at, shape: header})
	}
}

func (c *config) readValue(node *unstable.Node, inside []string) {
	path, at := readKey(node)
	e := entry{path: slices.Concat(inside, path), key: at}
	add := func(n *unstable.Node) {
		if !slices.Contains(scalars, n.Kind) {
			e.shape = unsupported
			return
		}
		text := string(n.Data)
		if n.Kind == unstable.Integer || n.Kind == unstable.Float {
			text = strings.ReplaceAll(text, "_", "")
		}
		e.texts = append(e.texts, text)
		e.places = append(e.places, spanOf(n.Raw))
	}
	switch value := node.Value(); value.Kind {
	case unstable.InlineTable:
		for children := value.Children(); children.Next(); {
			c.readValue(children.Node(), e.path)
		}
		return
	case unstable.Array:
		for children := value.Children(); children.Next(); {
			add(children.Node())
		}
		if e.shape != unsupported {
			e.shape = array
		}
	default:
		add(value)
	}
	c.entries = append(c.entries, e)
}

// readKey returns the key of a value, or of a table's header, and its position.
func readKey(node *unstable.Node) (path []string, at sqltext.Span) {
	for parts := node.Key(); parts.Next(); {
		part := parts.Node()
		if path = append(path, string(part.Data)); len(path) == 1 {
			at.Start = int(part.Raw.Offset)
		}
		at.End = int(part.Raw.Offset + part.Raw.Length)
	}
	return path, at
}

func spanOf(r unstable.Range) sqltext.Span {
	return sqltext.Span{Start: int(r.Offset), End: int(r.Offset + r.Length)}
}
