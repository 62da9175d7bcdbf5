package session

import (
	"slices"
	"strings"
	"sync/atomic"

	"riffle/session/complete"
	"riffle/session/gateway"
)

// options are what SET and WITH can have, as Flink declares it. They are asked for
// when they are first needed; those of WITH again after each change of the
// session's jars.
type options struct {
	settings  atomic.Pointer[[]complete.Option]  // nil until they were asked for
	factories atomic.Pointer[[]complete.Factory] // likewise
	jars      atomic.Int64                       // how often these have changed
	wanted    chan complete.Needs                // somebody may type some
}

// changed notes that a statement has run that may have changed the jars.
func (o *options) changed(st Statement) {
	if strings.HasSuffix(st.Verb, " JAR") {
		o.jars.Add(1)
		o.factories.Store(nil)
	}
}

// keepOptions reads the options that somebody may type, until the session ends. It
// takes no part in planning. It waits for a Flink that is starting, and starts none.
func (s *Session) keepOptions() {
	for {
		select {
		case needs := <-s.catalog.options.wanted:
			l := s.link.Load()
			select {
			case <-l.ready:
			case <-s.ctx.Done():
				return
			}
			if !l.over() {
				s.readOptions(l.gateway, needs)
			}
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *Session) readOptions(g gateway.Gateway, needs complete.Needs) {
	o := &s.catalog.options
	if needs.Settings && o.settings.Load() == nil {
		declared, err := g.Options(s.ctx)
		if err != nil {
			s.config.Log.Debug("the settings were not read", "error", err)
			return
		}
		settings := complete.Settings(append(ownOptions(), optionsOf(declared, false)...))
		o.settings.Store(&settings)
	}
	if !needs.Factories || o.factories.Load() != nil {
		return
	}
	jars := o.jars.Load()
	declared, err := g.Factories(s.ctx)
	if err != nil {
		s.config.Log.Debug("the factories were not read", "error", err)
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

// optionsOf are sorted by key: Flink has those of factories in sets.
func optionsOf(declared []gateway.Option, required bool) []complete.Option {
	var options []complete.Option
	for _, o := range declared {
		options = append(options, complete.Option{Key: o.Key, Type: o.Type, Default: o.Default, About: o.About, Values: o.Values, Required: required})
	}
	slices.SortFunc(options, func(a, b complete.Option) int { return strings.Compare(a.Key, b.Key) })
	return options
}
