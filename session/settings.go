package session

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/session/cell"
	"riffle/session/complete"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
)

// riffle's own settings are kept together with Flink's, under a prefix of their own.
// Flink gets them too, and ignores them.
const (
	ownPrefix = "riffle."
	// onErrorKey sets what happens to a row for which a Go function fails.
	onErrorKey = "riffle.functions.on-error"
)

// OperatorSetting selects the operator that calls Go functions: one of operators. GoOperators.java reads it.
const OperatorSetting = "riffle.functions.operator"

// operators returns the values of OperatorSetting, the default first.
func operators() []string { return []string{"columns", "flink"} }

// Flink's settings for the savepoint folder and for the state that a job starts from, each with
// its name in Flink 1.
const (
	savepointDir      = "execution.checkpointing.savepoint-dir"
	savepointDirOfOld = "state.savepoints.dir"
	recoveryPath      = "execution.state-recovery.path"
	recoveryPathOfOld = "execution.savepoint.path"
)

// NotebookWaitSetting limits how long a notebook's cell waits for a streaming query. Its value
// is in the form of query.ParseWait, or only a duration.
const NotebookWaitSetting = "riffle.notebook.wait"

// ownSettings returns the keys, with what checks a value.
func ownSettings() map[string]func(value string) error {
	return map[string]func(string) error{
		onErrorKey: func(value string) error {
			_, err := engine.ParseOnError(value)
			return err
		},
		guest.JailSetting: func(value string) error {
			if value != "on" && value != "off" {
				return fmt.Errorf("%q is not on or off", value)
			}
			return nil
		},
		guest.NetworkSetting: func(value string) error {
			_, err := guest.ParseNetwork(value)
			return err
		},
		OperatorSetting: func(value string) error {
			if !slices.Contains(operators(), value) {
				return fmt.Errorf("%q is not %s", value, strings.Join(operators(), " or "))
			}
			return nil
		},
		NotebookWaitSetting: func(value string) error {
			_, err := parseNotebookWait(value)
			return err
		},
	}
}

// ownOptions returns the same for completion.
func ownOptions() []complete.Option {
	return []complete.Option{
		{
			Key: onErrorKey, Type: "enum", Default: string(engine.Fail), About: "what becomes of a row for which a Go function fails",
			Values: []string{string(engine.Fail), string(engine.Null), string(engine.Skip)},
		},
		{
			Key: guest.JailSetting, Type: "enum", Default: "on", About: "whether Go functions are kept from files, network and other programs",
			Values: []string{"on", "off"},
		},
		{
			Key: guest.NetworkSetting, Type: "text", About: "the hosts and ports that Go functions can connect to: 'api.example.com:443, 127.0.0.1:8080'",
		},
		{
			Key: OperatorSetting, Type: "enum", Default: operators()[0],
			About:  "which operator calls Go functions: riffle's, which works on columns, or Flink's own, to compare with",
			Values: operators(),
		},
		{
			Key: NotebookWaitSetting, Type: "text", About: "how long a notebook's cell waits for a query that streams, as %%wait has it: 'rows=100 for=10s', or '10s'",
		},
	}
}

// fixedSettings returns the settings of Flink's runtime for functions in other languages that a session cannot set,
// with what is wrong with SET of them. riffle calls Go functions through this runtime, and its other settings apply.
func fixedSettings() map[string]string {
	const (
		own      = "riffle sets %s itself"
		noEffect = "%s has no effect on Go functions"
	)
	return map[string]string{
		"python.executable":              own,
		"python.client.executable":       own,
		"python.execution-mode":          own,
		"python.job-options":             own,
		"python.loopback-server.address": own,
		"python.archives":                noEffect,
		"python.files":                   noEffect,
		"python.logging.default.level":   noEffect,
		"python.logging.level.overrides": noEffect,
		"python.profile.enabled":         noEffect,
		"python.pythonpath":              noEffect,
		"python.requirements":            noEffect,
		"python.systemenv.enabled":       noEffect,
	}
}

// checkFixed rejects a setting that a session cannot set.
func checkFixed(sql cell.SQL, setting sqltext.Setting) error {
	if problem, ok := fixedSettings()[setting.Key]; ok {
		return sql.Fail(setting.KeySpan, fmt.Sprintf(problem, setting.Key), "remove this statement: Go functions run without it")
	}
	return nil
}

// parseNotebookWait reads the value of NotebookWaitSetting: what %%wait takes, or a time alone.
func parseNotebookWait(value string) (query.Wait, error) {
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return query.Wait{For: d}, nil
	}
	w, err := query.ParseWait(value)
	switch {
	case err != nil:
		return query.Wait{}, err
	case w.Rows == 0 && w.For == 0:
		return query.Wait{}, errors.New("say for how long: '10s' or 'rows=100 for=10s'")
	}
	return w, nil
}

// NotebookWait returns how long a notebook's cell waits for a streaming query, according to
// riffle.notebook.wait. The result is false if that is not set.
func (s *Session) NotebookWait() (query.Wait, bool) {
	w, err := parseNotebookWait(s.Settings()[NotebookWaitSetting])
	return w, err == nil
}

// checkOwn rejects a setting that has riffle's prefix but does not exist, or whose value
// is not allowed.
func checkOwn(sql cell.SQL, setting sqltext.Setting) error {
	check, ok := ownSettings()[setting.Key]
	if !ok {
		near := sqltext.Nearest(setting.Key, slices.Values(sortedKeys(ownSettings())))
		return sql.Fail(setting.KeySpan, "there is no setting "+setting.Key, cell.DidYouMean(near))
	}
	if err := check(setting.Value); err != nil {
		return sql.Fail(setting.ValueSpan, fmt.Sprintf("%s: %v", setting.Key, err), "")
	}
	return nil
}

// onError returns what the settings specify for rows that fail.
func onError(settings map[string]string) engine.OnError {
	o, err := engine.ParseOnError(settings[onErrorKey])
	if err != nil { // it is not set
		return engine.Fail
	}
	return o
}

// jailed reports whether the settings confine functions, which is the default.
func jailed(settings map[string]string) bool { return settings[guest.JailSetting] != "off" }

// network returns the hosts and ports that jailed functions can connect to. By default the list is empty.
func network(settings map[string]string) guest.Network {
	n, err := guest.ParseNetwork(settings[guest.NetworkSetting])
	if err != nil { // SET has checked it
		return guest.Network{}
	}
	return n
}

// describeNetwork says what functions can connect to according to the settings.
func describeNetwork(settings map[string]string) string {
	switch n := network(settings); {
	case !jailed(settings):
		return "OK, but functions run without the jail: they can connect to any host"
	case n.Empty():
		return "OK: functions of queries that start from now on have no network"
	default:
		return "OK: functions of queries that start from now on can connect to " + n.String()
	}
}

// Batch reports whether queries run in batch mode: execution.runtime-mode.
func (s *Session) Batch() bool {
	return strings.EqualFold(s.Settings()["execution.runtime-mode"], "batch")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Synchronous reports whether INSERT waits for its job: table.dml-sync.
func (s *Session) Synchronous() bool {
	wait, err := strconv.ParseBool(s.Settings()["table.dml-sync"])
	return err == nil && wait
}
