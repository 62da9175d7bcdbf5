package explain

import (
	"context"
	"fmt"
	"slices"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// explainView explains an error in a view that the statement reads: at the view's name in the statement,
// with the place in the view's own text. It returns false if the error is not in a view. Flink reports an
// error of planning with a word and without a position, so an error whose word is not in the statement
// (found is false) is in the view that has the word.
func explainView(ctx context.Context, names Names, e *cell.Error, sql cell.SQL, fault *gateway.Fault, found bool) bool {
	if fault.InView && len(fault.Views) == 0 {
		explainSomeView(ctx, names, e, sql)
		return true
	}
	if !fault.InView && (found || fault.At == "") {
		return false
	}
	view, text, at, ok := brokenView(fault)
	switch {
	case ok:
		if fault.Unknown != "" {
			(&suggestion{names: names, sql: text, at: at, e: e, d: fault.Diagnosis}).add(ctx)
		}
		line := sqltext.Locate(view.Text, at.Start).Line
		e.Within = fmt.Sprintf("%s, line %d:\n%s", view.Name, line, sqltext.Excerpt(text.MaskAt(at)))
		if fault.InView && e.Hint == "" {
			e.Hint = "change what the view reads, or define the view again"
		}
	case fault.InView:
		view = fault.Views[0]
		e.Hint = "SHOW CREATE VIEW " + view.Name + " shows its query"
	default:
		return false
	}
	title := "view " + view.Name
	if view.Through != view.Name {
		title += ", which " + view.Through + " reads"
	}
	e.Message = title + ": " + e.Message
	pointAt(e, sql, view.Through)
	return true
}

// pointAt moves an error to a name in the statement.
func pointAt(e *cell.Error, sql cell.SQL, name string) {
	if at, found := sql.Find(name); found {
		if st, in, located := sql.Locate(at); located {
			e.SetPosition(st, in)
		}
	}
}

// brokenView returns the view that has the error, its text, and the error's place in the text.
func brokenView(fault *gateway.Fault) (broken gateway.View, text sqltext.Lexed, at sqltext.Span, ok bool) {
	n := 0
	for _, view := range fault.Views {
		lexed := sqltext.NewLexed(view.Text)
		span, found := lexed.Find(fault.At)
		if p := view.Place; p != nil {
			span, found = sqltext.SpanUTF16(view.Text, p.Line, p.Column, p.EndLine, p.EndColumn)
		}
		if found {
			broken, text, at = view, lexed, span
			n++
		}
	}
	return broken, text, at, n == 1
}

// explainSomeView puts an error in a view that is not known at the view's name, if the statement
// names one view only.
func explainSomeView(ctx context.Context, from Names, e *cell.Error, sql cell.SQL) {
	names, err := from.Names(ctx)
	if err != nil {
		return
	}
	var views []string
	for word := range sql.Names() {
		if slices.Contains(names.Views, word) && !slices.Contains(views, word) {
			views = append(views, word)
		}
	}
	if len(views) != 1 { // Flink does not say in which
		e.Message, e.Hint = "in a view: "+e.Message, "SHOW CREATE VIEW shows the query of a view"
		return
	}
	e.Message, e.Hint = "view "+views[0]+": "+e.Message, "SHOW CREATE VIEW "+views[0]+" shows its query"
	pointAt(e, sql, views[0])
}
