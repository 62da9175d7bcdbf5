package flink

import "context"

// Option is an option that Flink or a connector declares.
type Option struct {
	Key     string   `json:"key"`
	Type    string   `json:"type"` // see OptionForm.java
	Default string   `json:"default"`
	About   string   `json:"about"`
	Values  []string `json:"values"` // all that it can have; nil for any
}

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
func (g *Gateway) Options(ctx context.Context) ([]Option, error) {
	var a struct {
		Options []Option `json:"options"`
	}
	err := g.control(ctx, &a, "options")
	return a.Options, err
}

// Factory is what the options of WITH can name.
type Factory struct {
	Kind     string   `json:"kind"` // connector, format, catalog or model
	Name     string   `json:"name"`
	About    string   `json:"about"` // one line, or ""
	Required []Option `json:"required"`
	Optional []Option `json:"optional"`
}

// Factories lists those on the class path and in the session's jars. It waits for
// no plan.
func (g *Gateway) Factories(ctx context.Context) ([]Factory, error) {
	var a struct {
		Factories []Factory `json:"factories"`
	}
	err := g.control(ctx, &a, "factories")
	return a.Factories, err
}
