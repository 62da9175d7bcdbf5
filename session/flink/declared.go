package flink

import (
	"context"

	"riffle/session/gateway"
)

// Settings returns the keys of Flink's options that can be SET, including deprecated keys. Connectors
// and file systems have more options.
func (g *Gateway) Settings(ctx context.Context) ([]string, error) {
	var a struct {
		Settings []string `json:"settings"`
	}
	err := g.call(ctx, g.planning, &a, "settings")
	return a.Settings, err
}

// Options describes the options that take effect when they are SET. It does not wait for planning.
func (g *Gateway) Options(ctx context.Context) ([]gateway.Option, error) {
	var a struct {
		Options []gateway.Option `json:"options"`
	}
	err := g.control(ctx, &a, "options")
	return a.Options, err
}

// Factories returns the factories on the class path and in the session's jars. It does not wait for
// planning.
func (g *Gateway) Factories(ctx context.Context) ([]gateway.Factory, error) {
	var a struct {
		Factories []gateway.Factory `json:"factories"`
	}
	err := g.control(ctx, &a, "factories")
	return a.Factories, err
}
