package session

import (
	"context"
	"errors"
	"riffle/session/cell"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/link"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/udfhost/guest"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// configure executes SET and RESET.
func (s *Session) configure(ctx context.Context, t task) (Reply, error) {
	setting, err := sqltext.ParseSet(t.sql.Lexed)
	var lexical *sqltext.Error
	if errors.As(err, &lexical) {
		return Reply{}, t.sql.Fail(lexical.Span, lexical.Message, "")
	}
	before, settings := s.Settings(), s.Settings()
	switch {
	case setting.Key == "" && !setting.Reset:
		return s.showSettings(t, settings)
	case setting.Key == "":
		clear(settings)
	case setting.Reset:
		delete(settings, setting.Key)
	default:
		if err := s.checkSetting(ctx, t.sql, setting); err != nil {
			return Reply{}, err
		}
		settings[setting.Key] = setting.Value
	}
	if err := s.changeSettings(ctx, before, settings); err != nil {
		return Reply{}, s.explainSetting(ctx, t.sql, setting, err)
	}
	switch {
	case jailed(before) && !jailed(settings):
		return Reply{Message: "OK: functions of queries that start from now on can do all that you can do"}, nil
	case setting.Key == guest.NetworkSetting:
		return Reply{Message: describeNetwork(settings)}, nil
	case strings.HasPrefix(setting.Key, "sql-client.") && !setting.Reset:
		return Reply{Message: "OK, but riffle ignores the settings of Flink's SQL Client"}, nil
	}
	return Reply{Message: "OK"}, nil
}

// changeSettings changes the settings of the session.
func (s *Session) changeSettings(ctx context.Context, before, settings map[string]string) error {
	return s.gateways.CarryOut(ctx, true, link.Change{
		Apply: func(ctx context.Context, g gateway.Gateway) error {
			return s.configureGateway(ctx, g, before, settings)
		},
		Undo: func(ctx context.Context, g gateway.Gateway) error {
			return s.configureGateway(ctx, g, settings, before)
		},
		Commit: func() {
			s.mu.Lock()
			s.settings = settings
			s.mu.Unlock()
			s.config.Functions.Confine(jailed(settings), network(settings))
		},
	})
}

// explainSetting explains why Flink rejects a setting, with the position of its value.
func (s *Session) explainSetting(ctx context.Context, sql cell.SQL, setting sqltext.Setting, err error) error {
	err = s.explainFault(ctx, sql, err)
	var e *Error
	if st, at, ok := sql.Locate(setting.ValueSpan); ok && errors.As(err, &e) && setting.Value != "" {
		e.SetPosition(st, at)
	}
	return err
}

// configureGateway changes the settings of a gateway, and re-registers the functions that
// depend on them.
func (s *Session) configureGateway(ctx context.Context, g gateway.Gateway, from, to map[string]string) error {
	if err := g.Configure(ctx, to); err != nil || callsOf(from) == callsOf(to) {
		return err
	}
	return s.register(ctx, g, callsOf(to))
}

// checkSetting rejects a key that Flink does not know but that is similar to one that it knows,
// and a value that no job could have. Any other key may be an option of a connector or a file system.
func (s *Session) checkSetting(ctx context.Context, sql cell.SQL, setting sqltext.Setting) error {
	if strings.HasPrefix(setting.Key, ownPrefix) {
		return checkOwn(sql, setting)
	}
	if err := checkFixed(sql, setting); err != nil {
		return err
	}
	if err := checkCalls(sql, setting); err != nil {
		return err
	}
	if s.options == nil {
		if err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
			s.options, err = g.Settings(ctx)
			return err
		}); err != nil {
			return s.explainFault(ctx, sql, err)
		}
	}
	near := sqltext.Nearest(setting.Key, slices.Values(s.options))
	if near != "" && !slices.Contains(s.options, setting.Key) {
		return sql.Fail(setting.KeySpan, "there is no setting "+setting.Key, cell.DidYouMean(near))
	}
	if err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) error {
		return g.TrySetting(ctx, setting.Key, setting.Value)
	}); err != nil {
		return s.explainSetting(ctx, sql, setting, err)
	}
	return nil
}

// showSettings shows the settings that were SET.
func (s *Session) showSettings(t task, settings map[string]string) (Reply, error) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "key", Type: arrow.BinaryTypes.String},
		{Name: "value", Type: arrow.BinaryTypes.String},
		changelog.KindField(),
	}, nil)
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	for _, key := range sortedKeys(settings) {
		rows.Field(0).(*array.StringBuilder).Append(key)
		rows.Field(1).(*array.StringBuilder).Append(sqltext.MaskValue(key, settings[key]))
		rows.Field(2).(*array.Int8Builder).Append(int8(changelog.Insert))
	}
	started := query.Started{Query: s.queries.InternalName(), Span: t.Span, Schema: schema, Kinds: []string{changelog.Insert.String()}, Bounded: true}
	return s.start(started, t, &query.LocalRows{Records: []arrow.Record{rows.NewRecord()}})
}
