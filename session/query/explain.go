package query

import (
	"errors"
	"fmt"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/mention"
)

// explain turns the failure of a query's job into an Error.
func (q *Query) explain(err error) error {
	st := q.config.Statement
	var fault *gateway.Fault
	var lost *gateway.LostError
	e := &cell.Error{Message: err.Error(), Position: st.Cell.Position(st.Span.Start), Cell: st.Cell, Err: err}
	if errors.As(err, &lost) {
		e.Hint, e.Trace = lost.Hint(), lost.Tail
		return e
	}
	if errors.As(err, &fault) {
		e.Message, e.Hint, e.Trace = fault.Message, fault.Hint, fault.Trace
		e.SetPosition(st, st.Word)
		if others := q.config.Others(); fault.NoSlots && len(others) > 0 {
			var names []string
			for _, other := range others {
				names = append(names, other.ID())
			}
			e.Hint = fmt.Sprintf("%s use them: %s one, or %s", strings.Join(names, ", "), mention.Command("cancel"), e.Hint)
		}
	}
	e.Spell(st.Cell)
	e.Redact(st.Lexed().Secrets())
	return e
}
