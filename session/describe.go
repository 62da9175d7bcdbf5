package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/changelog"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// describesGo reports whether a statement describes a function in Go, of which Flink knows little.
func (s *Session) describesGo(st Statement) bool {
	if st.Class != sqltext.SQL || st.Verb != "DESCRIBE FUNCTION" {
		return false
	}
	name, _ := describedFunction(st.Lexed())
	_, found := s.Function(name)
	return found
}

// describedFunction returns the function that DESCRIBE FUNCTION names, or "" for one of a catalog.
func describedFunction(l sqltext.Lexed) (name string, extended bool) {
	words := l.WordsBefore(len(l.Text))
	name = strings.Trim(words[len(words)-1], "`")
	switch len(words) {
	case 3:
		return name, false
	case 4:
		return name, strings.EqualFold(words[2], "EXTENDED")
	}
	return "", false
}

// describeGo executes DESCRIBE FUNCTION for a function in Go. The columns are those of Flink's answer.
func (s *Session) describeGo(_ context.Context, t task) (Reply, error) {
	name, extended := describedFunction(t.Lexed())
	f, _ := s.Function(name)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "info name", Type: arrow.BinaryTypes.String},
		{Name: "info value", Type: arrow.BinaryTypes.String, Nullable: true},
		changelog.KindField(),
	}, nil)
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	for _, info := range s.infos(f, extended) {
		rows.Field(0).(*array.StringBuilder).Append(info.name)
		if value := rows.Field(1).(*array.StringBuilder); info.value == "" {
			value.AppendNull()
		} else {
			value.Append(info.value)
		}
		rows.Field(2).(*array.Int8Builder).Append(int8(changelog.Insert))
	}
	started := query.Started{Query: s.queries.InternalName(), Span: t.Span, Schema: schema, Kinds: []string{changelog.Insert.String()}, Bounded: true}
	return s.start(started, t, &query.LocalRows{Records: []arrow.Record{rows.NewRecord()}})
}

// info is a line of the description of a function.
type info struct{ name, value string }

func (s *Session) infos(f Function, extended bool) []info {
	called, took := s.Work(f.Name)
	perRow, deterministic := "", "true"
	if called > 0 {
		perRow = strconv.FormatInt(took.Nanoseconds()/called, 10)
	}
	if f.Nondeterministic != "" {
		deterministic = "false: " + f.Nondeterministic
	}
	infos := []info{
		{"signature", f.Signature},
		{"parameters", strings.Join(f.Parameters, ", ")},
		{"kind", f.Kind},
		{"comment", strings.Join(strings.Fields(f.Doc), " ")},
		{"declared in", fmt.Sprintf("%s:%d", f.Cell, f.Line)},
		{"version", strconv.Itoa(f.Version)},
		{"is deterministic", deterministic},
		{"rows", strconv.FormatInt(called, 10)},
		{"ns_per_row", perRow},
	}
	if !extended {
		return infos
	}
	return append(infos, info{"program", f.Program},
		info{"is system function", "true"}, info{"is temporary", "true"})
}
