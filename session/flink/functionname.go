package flink

import (
	"context"
	"fmt"

	"riffle/session/gateway"
)

// Judge checks whether functions can have their names. It registers nothing.
func (g *Gateway) Judge(ctx context.Context, functions []gateway.Named) ([]gateway.Verdict, error) {
	var answer struct {
		Verdicts []gateway.Verdict `json:"verdicts"`
	}
	err := g.plan(ctx, &answer, "judge", map[string]any{"functions": functions})
	if err == nil && len(answer.Verdicts) != len(functions) {
		err = fmt.Errorf("gateway judge: %d verdicts on %d names", len(answer.Verdicts), len(functions))
	}
	return answer.Verdicts, err
}
