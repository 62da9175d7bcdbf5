package kernel

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

const (
	// ready is how long a completion waits for names that are being read, such as those that
	// the previous cell has created.
	ready = 500 * time.Millisecond
	// described is how long Flink may take to describe a table.
	described = 2 * time.Second
)

// cursor is a text with a position in it, counted in code points as in requests.
type cursor struct {
	Code   string `json:"code"`
	Cursor int    `json:"cursor_pos"`
}

// offset returns the place in bytes.
func (c cursor) offset() int {
	at := 0
	for n := 0; n < c.Cursor && at < len(c.Code); n++ {
		_, size := utf8.DecodeRuneInString(c.Code[at:])
		at += size
	}
	return at
}

// points returns a place in code points.
func points(text string, offset int) int { return utf8.RuneCountInString(text[:offset]) }

// complete answers a complete_request.
func (s *subshell) complete(ctx context.Context, r *request) {
	var asked cursor
	if err := r.Unpack(&asked); err != nil {
		s.reply(r, "complete_reply", s.failure(err))
		return
	}
	at := asked.offset()
	entries := command.Entries(command.Notebook, &s.shown)
	for began := time.Now(); s.session.Prefetch(asked.Code, at, entries) && time.Since(began) < ready; {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
	span, candidates := s.session.Complete(asked.Code, at, entries)
	start, end := points(asked.Code, span.Start), points(asked.Code, span.End)
	matches, types := []string{}, []object{}
	for _, c := range candidates {
		matches = append(matches, c.Text)
		types = append(types, object{"text": c.Text, "type": c.Kind.String(), "signature": c.Detail, "start": start, "end": end})
	}
	s.reply(r, "complete_reply", object{
		"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": end,
		"metadata": object{"_jupyter_types_experimental": types},
	})
}

// isComplete answers an is_complete_request, of a console.
func (s *subshell) isComplete(_ context.Context, r *request) {
	var asked cursor
	if err := r.Unpack(&asked); err != nil {
		s.reply(r, "is_complete_reply", s.failure(err))
		return
	}
	answer := object{"status": "complete"}
	open, reason := sqltext.Incomplete(asked.Code)
	if reason == sqltext.OpenStatement && strings.HasSuffix(asked.Code, "\n") {
		open = false // a second Enter ends a statement that only lacks a semicolon, as in consoles
	}
	if open || headed(asked.Code) {
		answer = object{"status": "incomplete", "indent": ""}
	} else if invalid(asked.Code) {
		answer = object{"status": "invalid"}
	}
	s.reply(r, "is_complete_reply", answer)
}

// headed reports whether a cell consists only of magics so far.
func headed(code string) bool {
	mode, below, err := command.Begin(command.Notebook, session.Cell{Text: code}.Statements())
	return err == nil && mode.HasMagics && len(below) == 0
}

func invalid(code string) bool {
	for _, st := range sqltext.Split(code) {
		if st.Err != nil || st.Class == sqltext.Unknown {
			return true
		}
	}
	return false
}

// inspect answers an inspect_request.
func (s *subshell) inspect(ctx context.Context, r *request) {
	var asked cursor
	if err := r.Unpack(&asked); err != nil {
		s.reply(r, "inspect_reply", s.failure(err))
		return
	}
	at := asked.offset()
	bundle, found := s.glance(ctx, nameAt(asked.Code, at))
	if call := callAround(asked.Code, at); !found && call != "" {
		bundle, found = s.glance(ctx, call)
	}
	if !found {
		bundle = object{}
	}
	s.reply(r, "inspect_reply", object{"status": "ok", "found": found, "data": bundle, "metadata": object{}})
}

// nameAt returns the name at an offset, or the one before the parenthesis there.
func nameAt(text string, at int) string {
	part := func(c byte) bool {
		return c >= utf8.RuneSelf || strings.IndexByte("_.`$\\%", c) >= 0 ||
			'0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	end := at
	for end < len(text) && part(text[end]) {
		end++
	}
	if end == at && at > 0 && text[at-1] == '(' {
		at, end = at-1, at-1
	}
	for at > 0 && part(text[at-1]) {
		at--
	}
	return strings.Trim(text[at:end], ".")
}

// callAround returns the name of the function whose arguments contain an offset, or "".
func callAround(text string, at int) string {
	closed := 0
	for i := at - 1; i >= 0; i-- {
		switch text[i] {
		case ';':
			return ""
		case ')':
			closed++
		case '(':
			if closed == 0 {
				return nameAt(text, i)
			}
			closed--
		}
	}
	return ""
}

// glance is describe for a client that does not wait: neither until Flink has started, nor long
// for its answers.
func (s *subshell) glance(ctx context.Context, name string) (object, bool) {
	ctx, cancel := context.WithTimeout(ctx, described)
	defer cancel()
	catalog, _ := s.session.Place()
	return s.describe(ctx, name, catalog != "")
}

// describe returns the help for a name of a function, a command, a statement, or a table. It
// asks Flink only if ask is set.
func (s *subshell) describe(ctx context.Context, name string, ask bool) (object, bool) {
	if name == "" {
		return nil, false
	}
	if _, ok := s.session.Function(name); ok {
		return s.ask(ctx, `\help `+name)
	}
	_, isCommand := command.Find(name)
	marked := strings.ContainsAny(name[:1], `\%`)
	if isCommand && marked {
		return s.ask(ctx, `\help `+name)
	}
	if forms, _ := s.session.BuiltIn(name); forms != "" && !s.session.HasTable(name) {
		return s.ask(ctx, `\help `+name)
	}
	if ask && !marked && len(statement.Find(name)) == 0 {
		if bundle, ok := s.ask(ctx, `\d `+name); ok {
			return bundle, true
		}
	}
	return s.ask(ctx, `\help `+name)
}

// ask returns the answer of a command; false if it fails.
func (s *subshell) ask(ctx context.Context, typed string) (object, bool) {
	statements := session.Cell{Text: typed, Name: "inspect"}.Statements()
	if len(statements) != 1 {
		return nil, false
	}
	env := command.Env{Session: s.session, FrontEnd: command.Notebook, Display: &s.shown}
	answer, err := command.Run(ctx, &env, statements[0])
	if err != nil {
		return nil, false
	}
	if answer.Rows != nil {
		defer answer.Rows.Release()
		return drawRecord(answer.Rows, answer.Location).bundle, true
	}
	return object{"text/plain": render.WithoutControls(answer.Text)}, answer.Text != ""
}

// drawRecord draws rows that are complete, with TIMESTAMP_LTZ values in a time zone; nil is UTC.
func drawRecord(rec arrow.Record, zone *time.Location) picture {
	return look{location: zone, caption: []string{render.Counted(rec.NumRows(), "row")}}.draw(batch{rec}, rec.NumRows())
}
