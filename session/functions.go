package session

import (
	"context"
	"fmt"
)

// Functions is the compiler of Go cells.
type Functions interface {
	Define(ctx context.Context, name string, line int, text string) (string, error)
}

func (s *Session) define(ctx context.Context, st Statement) (Reply, error) {
	message, err := s.config.Functions.Define(ctx, st.Cell.Name, st.Cell.Line, st.Text)
	if err != nil {
		return Reply{}, fmt.Errorf("define: %w", err)
	}
	return Reply{Message: message}, nil
}
