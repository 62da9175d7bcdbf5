package flink

import "context"

// Parses reports whether a text is one statement according to Flink's grammar.
func (g *Gateway) Parses(ctx context.Context, sql string) (bool, error) {
	var answer struct {
		Parses bool `json:"parses"`
	}
	err := g.plan(ctx, &answer, "parses", map[string]any{"sql": sql})
	return answer.Parses, err
}
