package catalog

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"riffle/session/complete"
	"riffle/session/gateway"
)

// options holds the options that Flink declares for SET and WITH. They are read when they are
// first needed; those of WITH are read again after each change of the session's jars.
type options struct {
	settings  atomic.Pointer[[]complete.Option]  // nil until they are read
	factories atomic.Pointer[[]complete.Factory] // likewise
	jars      atomic.Int64                       // how often these have changed
	requests  chan complete.Needs                // those that may be typed next
}

// forget lets the factories be read again when they are next needed.
func (o *options) forget() {
	o.jars.Add(1)
	o.factories.Store(nil)
}

// request requests the unknown options that may be typed next, and reports whether there are
// any. It does not wait.
func (o *options) request(needs complete.Needs) bool {
	if (!needs.Settings || o.settings.Load() != nil) && (!needs.Factories || o.factories.Load() != nil) {
		return false
	}
	select {
	case o.requests <- needs:
	default: // they are being read
	}
	return true
}

// refreshOptions reads the options that may be typed next, until ctx ends. It does not take
// part in planning.
func (c *Catalog) refreshOptions(ctx context.Context) {
	for {
		select {
		case needs := <-c.options.requests:
			c.readSettings(ctx, needs)
			c.readFactories(ctx, needs)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Catalog) readSettings(ctx context.Context, needs complete.Needs) {
	if !needs.Settings || c.options.settings.Load() != nil {
		return
	}
	declared, err := c.reader.Options(ctx)
	if err != nil {
		c.log.Debug("the settings were not read", "error", err)
		return
	}
	settings := complete.Settings(append(slices.Clone(c.own), optionsOf(declared, false)...))
	c.options.settings.Store(&settings)
}

func (c *Catalog) readFactories(ctx context.Context, needs complete.Needs) {
	o := &c.options
	if !needs.Factories || o.factories.Load() != nil {
		return
	}
	jars := o.jars.Load()
	declared, err := c.reader.Factories(ctx)
	if err != nil {
		c.log.Debug("the factories were not read", "error", err)
		return
	}
	factories := factoriesOf(declared)
	if o.factories.Store(&factories); jars != o.jars.Load() {
		o.factories.Store(nil)
	}
}

// kindsOfFactories are the words of the gateway.
var kindsOfFactories = map[string]complete.Kind{
	"connector": complete.Connector, "format": complete.Format, "catalog": complete.CatalogType, "model": complete.Model,
}

func factoriesOf(declared []gateway.Factory) []complete.Factory {
	factories := make([]complete.Factory, 0, len(declared))
	for _, d := range declared {
		f := complete.Factory{Kind: kindsOfFactories[d.Kind], Name: d.Name, About: d.About}
		f.Options = append(optionsOf(d.Required, true), optionsOf(d.Optional, false)...)
		factories = append(factories, f)
	}
	slices.SortStableFunc(factories, func(a, b complete.Factory) int { return strings.Compare(a.Name, b.Name) })
	return factories
}

// optionsOf converts options and sorts them by key: Flink has those of factories in sets.
func optionsOf(declared []gateway.Option, required bool) []complete.Option {
	var options []complete.Option
	for _, o := range declared {
		options = append(options, complete.Option{Key: o.Key, Type: o.Type, Default: o.Default, About: o.About, Values: o.Values, Required: required})
	}
	slices.SortFunc(options, func(a, b complete.Option) int { return strings.Compare(a.Key, b.Key) })
	return options
}
