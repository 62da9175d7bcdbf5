package flink

import (
	"context"

	"riffle/session/gateway"
)

// Settings lists the options of Flink that can be SET, by key, older keys too.
// Connectors and file systems have more.
func (g *Gateway) Settings(ctx context.Context) ([]string, error) {
	var a struct {
		Settings []string `json:"settings"`
	}
	err := g.call(ctx, g.planning, &a, "settings")
	return a.Settings, err
}

// Options describes those that take effect when they are SET. It waits for no plan.
func (g *Gateway) Options(ctx context.Context) ([]gateway.Option, error) {
	var a struct {
		Options []gateway.Option `json:"options"`
	}
	err := g.control(ctx, &a, "options")
	return a.Options, err
}

// Factories lists those on the class path and in the session's jars. It waits for
// no plan.
func (g *Gateway) Factories(ctx context.Context) ([]gateway.Factory, error) {
	var a struct {
		Factories []gateway.Factory `json:"factories"`
	}
	err := g.control(ctx, &a, "factories")
	return a.Factories, err
}
