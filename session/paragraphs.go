package session

import (
	"context"

	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// Parts splits a statement of a script that separates its statements by blank lines instead of
// `;`, as nbconvert writes them (see sqltext, paragraph.go). If the parser reads the text as a
// whole, it is one statement, whatever blank lines it contains. Otherwise a statement ends at the
// first blank line up to which the parser reads a statement. If there is no such line, Parts
// returns the text unchanged, and Execute reports what is wrong with it.
func (s *Session) Parts(ctx context.Context, st Statement) ([]Statement, error) {
	if len(st.Breaks) == 0 {
		return []Statement{st}, nil
	}
	end, err := s.endOf(ctx, st)
	if err != nil || end == 0 {
		return []Statement{st}, err
	}
	first, rest := st.SplitAt(end)
	parts := st.Cell.Split(first)
	for _, part := range st.Cell.Split(rest) {
		more, err := s.Parts(ctx, part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// endOf returns the break where a statement ends, 0 for none.
func (s *Session) endOf(ctx context.Context, st Statement) (int, error) {
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	for i, end := range append([]int{st.Span.End}, st.Breaks...) {
		part := st
		part.Extend(sqltext.Span{Start: st.Span.Start, End: end})
		_, sql, err := part.Expand(s.Variables())
		if err != nil {
			continue
		}
		var parses bool
		err = s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
			parses, err = g.Parses(ctx, sql.Text)
			return err
		})
		switch {
		case err != nil:
			return 0, s.explainFault(ctx, sql, err)
		case parses && i == 0:
			return 0, nil
		case parses:
			return end, nil
		}
	}
	return 0, nil
}
