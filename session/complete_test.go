package session_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/complete"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

func TestVariablesInStatements(t *testing.T) {
	for name, value := range map[string]string{"answer": "6 * 7", "who": "it's", "hole": "nope"} {
		if err := shared.Set(name, value); err != nil {
			t.Fatal(err)
		}
		defer shared.Unset(name)
	}
	got := sessiontest.Drain(t, run(t, "SELECT ${answer} AS a, '${who} ${greeting:-me}' AS b -- ${none}").Events)
	if want := []string{"42 it's me"}; !slices.Equal(got.Table, want) {
		t.Errorf("table %q", got.Table)
	}
	run(t, "SET 'pipeline.name' = '${who}'")
	if shared.Settings()["pipeline.name"] != "it's" {
		t.Errorf("settings %v", shared.Settings())
	}
	run(t, "RESET")

	// Flink's positions lead through a variable that is longer than its name.
	for text, want := range map[string]string{
		"SELECT '${who}',\n ${hole} FROM (VALUES 1) AS t(a)":                ":2:2:",
		"SELECT ${answer}, '${who}', missing, 1 FROM (VALUES 1) AS t(a)":    ":1:29:",
		"BEGIN STATEMENT SET; INSERT INTO ${hole} SELECT 1 AS ${hole}; END": ":1:34:",
		"SET 'a' = ${answer}": ":1:11:",
	} {
		_, err := execute(t, text, query.Lossless)
		var e *session.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), want) {
			t.Errorf("%s: %v, want it at %s", text, err, want)
		}
		_, _ = execute(t, "END", query.Lossless) // of the set that its text may have begun
	}
}

// New names are read after the statements that create them, without a request.
func TestCompletionSeesWhatWasJustMade(t *testing.T) {
	run(t, sessiontest.SequenceTable("`just made`", 1))
	awaitCandidate(t, "SELECT * FROM just", "`just made`")
	run(t, "func JustMade(n int64) int64 { return n }")
	awaitCandidate(t, "SELECT just", "JustMade")
	awaitCandidate(t, "SELECT upp", "upper")
	run(t, "DROP TEMPORARY TABLE `just made`")
	deadline := time.Now().Add(30 * time.Second)
	for slices.Contains(candidates("SELECT * FROM just"), "`just made`") {
		if time.Now().After(deadline) {
			t.Fatal("a dropped table is still there")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A completion right after a statement waits for the names that the statement has created, and
// then has them.
func TestCompletionWaitsForWhatWasJustMade(t *testing.T) {
	for i := range 5 {
		table := fmt.Sprintf("made_now_%d", i)
		run(t, sessiontest.SequenceTable(table, 1))
		for _, wanted := range []struct{ text, name string }{
			{"SELECT * FROM " + table, table}, {`\d ` + table, table}, {"SELECT a, i FROM " + table, "id"},
		} {
			cursor := len(wanted.text)
			if wanted.name == "id" {
				cursor = len("SELECT a, i")
			}
			commands := []complete.CommandEntry{{Names: []string{`\d`}, Arguments: []complete.Argument{{Kind: complete.Relation}}}}
			for shared.Prefetch(wanted.text, cursor, commands) {
				time.Sleep(time.Millisecond)
			}
			_, found := shared.Complete(wanted.text, cursor, commands)
			if !slices.ContainsFunc(found, func(c complete.Candidate) bool { return c.Text == wanted.name }) {
				t.Errorf("%s: nothing is to come, and %q is not among %q", wanted.text, wanted.name, found)
			}
		}
		run(t, "DROP TEMPORARY TABLE "+table)
	}
	run(t, sessiontest.SequenceTable("ended_now", 1))
	for shared.Prefetch("func F() int { return ", 22, nil) {
		t.Fatal("Go waits for names of tables")
	}
	run(t, "DROP TEMPORARY TABLE ended_now")
}

// everyday are functions that SQL of every day uses.
const everyday = `
ASCII BTRIM CHAR_LENGTH CHARACTER_LENGTH CHR CONCAT CONCAT_WS DECODE ELT ENCODE ENDSWITH FROM_BASE64 INITCAP INSTR LEFT
LOCATE LOWER LPAD LTRIM MD5 OVERLAY PARSE_URL POSITION PRINTF REGEXP REGEXP_EXTRACT REGEXP_REPLACE REPEAT REPLACE
REVERSE RIGHT RPAD RTRIM SHA256 SPLIT SPLIT_INDEX STARTSWITH STR_TO_MAP SUBSTR SUBSTRING TO_BASE64 TRANSLATE TRIM UPPER
URL_DECODE URL_ENCODE UUID
ABS CEIL CEILING EXP FLOOR GREATEST LEAST LN LOG LOG10 LOG2 MOD PI POWER RAND RAND_INTEGER ROUND SIGN SQRT TRUNCATE
CONVERT_TZ CURRENT_DATE CURRENT_ROW_TIMESTAMP CURRENT_TIME CURRENT_TIMESTAMP CURRENT_WATERMARK DATE_FORMAT DAYOFMONTH
DAYOFWEEK DAYOFYEAR EXTRACT FROM_UNIXTIME HOUR LOCALTIME LOCALTIMESTAMP MINUTE MONTH NOW PROCTIME QUARTER SECOND
TIMESTAMPADD TIMESTAMPDIFF TO_DATE TO_TIMESTAMP TO_TIMESTAMP_LTZ UNIX_TIMESTAMP WEEK YEAR
CAST COALESCE IF IFNULL NULLIF TRY_CAST TYPEOF
JSON_ARRAY JSON_ARRAYAGG JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_STRING JSON_VALUE
ARRAY_CONTAINS ARRAY_DISTINCT ARRAY_JOIN ARRAY_MAX ARRAY_SORT CARDINALITY ELEMENT MAP_ENTRIES MAP_KEYS MAP_VALUES
ARRAY_AGG AVG COLLECT COUNT CUME_DIST DENSE_RANK FIRST_VALUE LAG LAST_VALUE LEAD LISTAGG MAX MIN NTILE PERCENT_RANK
RANK ROW_NUMBER STDDEV STDDEV_POP STDDEV_SAMP SUM VAR_POP VAR_SAMP VARIANCE
CUMULATE DESCRIPTOR HOP SESSION TUMBLE`

// What SQL can call is completed and explained, and what only the Table API has is not.
func TestEverydayFunctionsAreKnown(t *testing.T) {
	run(t, "SELECT 1")
	awaitCandidate(t, "SELECT upp", "upper")
	env := command.Env{Session: shared, FrontEnd: command.Script}
	for _, name := range strings.Fields(everyday) {
		_, found := shared.Complete("SELECT "+name, 7+len(name), nil)
		i := slices.IndexFunc(found, func(c complete.Candidate) bool { return c.Text == name })
		if i < 0 || found[i].Kind != complete.Function || !strings.HasPrefix(found[i].Detail, name) {
			t.Errorf("%s is completed to %+v", name, found)
		}
		statement := session.Cell{Text: `\help ` + strings.ToLower(name)}.Statements()[0]
		answer, err := command.Run(t.Context(), &env, statement)
		if err != nil || !strings.Contains(answer.Text, name) {
			t.Errorf("help of %s is %q, %v", name, answer.Text, err)
		}
	}
	for _, name := range strings.Fields("DATEFORMAT FROMUNIXTIME SPLITINDEX REGEXPEXTRACT TODATE LOWERCASE PLUS ISNOTNULL IFTHENELSE TRANSLATE3 JSON_ARRAYAGG_ABSENT_ON_NULL") {
		if slices.Contains(candidates("SELECT "+name), name) {
			t.Errorf("%s is offered, which SQL cannot call or calls by another name", name)
		}
	}
	if forms, _ := shared.BuiltIn("current_date"); forms != "CURRENT_DATE" {
		t.Errorf("CURRENT_DATE is called as %q", forms)
	}
}

// The options of SET and WITH are read from Flink in the background of typing.
func TestOptionsComeFromFlink(t *testing.T) {
	for text, want := range map[string]string{
		"SET 'python.fn-execution.bundle.s":                                                                       "'python.fn-execution.bundle.size'",
		"SET 'execution.checkpointing.mode' = 'e":                                                                 "'EXACTLY_ONCE'",
		"SET 'execution.checkpointing.unaligned.enabled' = ":                                                      "'true'",
		"SET 'pipeline.auto-watermark-interval' = ":                                                               "'200 ms'",
		"SET 'state.backend.rocksdb.compaction.st":                                                                "'state.backend.rocksdb.compaction.style'",
		"SET 'execution.state-recovery.claim-mode' = ":                                                            "'NO_CLAIM'",
		"SET 'riffle.functions.on-error' = 's":                                                                    "'skip'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'd":                                                           "'datagen'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'pr":                                                          "'print'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'fields.a.k":                                       "'fields.a.kind'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = ":                              "'10000'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'p":                                             "'path'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'r":                                  "'raw'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'json.ig":                    "'json.ignore-parse-errors'",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'json.map-null-key.mode' = ": "'FAIL'",
		"CREATE CATALOG c WITH ('type' = 'gen":                                                                    "'generic_in_memory'",
	} {
		awaitCandidate(t, text, want)
	}
	for _, text := range []string{"SET 'taskmanager.", "SET 'python.exec", "SET 'python.files"} {
		if words := candidates(text); len(words) > 0 {
			t.Errorf("settings that do nothing, or that cannot be set, are offered: %q", words)
		}
	}
	for _, c := range candidates("CREATE TABLE t (a INT) WITH ('connector' = '") {
		if c == "'riffle'" {
			t.Error("riffle's own sink is offered")
		}
	}
	_, found := shared.Complete("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', ", 57, nil)
	if len(found) == 0 || found[0].Text != "'format'" || !strings.HasPrefix(found[0].Detail, "required, text: ") {
		t.Errorf("the first option of a file system is %+v", found[:min(1, len(found))])
	}
}

// Go in a cell can use the members of its packages and the session's declarations.
func TestGoIsCompleted(t *testing.T) {
	run(t, "import r \"math/rand/v2\"\ntype Tariff struct{ rate float64 }\nfunc vat(net float64) float64 { return net * 1.2 }\nfunc Gross(net float64) float64 { return vat(net) + 0*r.Float64() }")
	for text, want := range map[string]string{
		"func F(s string) bool { return strings.HasPr":         "HasPrefix",
		"func F() int { return r.Int":                          "IntN",
		"func F() int { return rand.Re":                        "Reader", // of crypto/rand
		"func F(d riffle.":                                     "Date",
		"import \"encoding/j":                                  `"encoding/json"`,
		"func F(net float64) float64 { return va":              "vat",
		"func F(net float64) float64 { return Gr":              "Gross",
		"func F(t Tar":                                         "Tariff",
		"import j \"encoding/json\"\nfunc F() any { return j.": "Marshal",
	} {
		awaitCandidate(t, text, want)
	}
	_, found := shared.Complete("func F(s string) bool { return strings.HasPre", 45, nil)
	if len(found) != 1 || found[0].Detail != "HasPrefix(s string, prefix string) bool" {
		t.Errorf("strings.HasPre is completed to %+v", found)
	}
	if words := candidates("func F() int { return nope."); len(words) > 0 {
		t.Errorf("a package that there is not has %q", words)
	}
}

// Queries and the columns of their tables are completed in the arguments of commands.
func TestQueriesAreCompleted(t *testing.T) {
	commands := []complete.CommandEntry{
		{Names: []string{`\cancel`}, Arguments: []complete.Argument{{Kind: complete.Running}}},
		{Names: []string{`\plot`}, Arguments: []complete.Argument{{Kind: complete.Result, Optional: true}, {Kind: complete.ResultColumn}}},
	}
	complete := func(text string) string {
		_, found := shared.Complete(text, len(text), commands)
		return fmt.Sprint(found)
	}
	run(t, "CREATE TEMPORARY TABLE ticking (id BIGINT NOT NULL) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
	reply := run(t, "SELECT id, 'it' AS item FROM ticking")
	defer reply.Events.Close()
	id := reply.Query.ID()
	if got := complete(`\cancel `); !strings.Contains(got, id+" query SELECT id, 'it' AS item FROM ticking") {
		t.Errorf("running queries are %s", got)
	}
	if got := complete(`\plot ` + id + " "); got != "[{id column BIGINT NOT NULL} {item column CHAR(2) NOT NULL}]" {
		t.Errorf("its columns are %s", got)
	}
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-reply.Query.Done()
	if got := complete(`\cancel `); strings.Contains(got, id+" ") {
		t.Errorf("a query that has ended runs: %s", got)
	}
}

// A folder is read in the background of typing, and again when it may have changed.
func TestFilesAreReadBehindTheTyping(t *testing.T) {
	folder := t.TempDir()
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one.jar")
	if !shared.Prefetch(`\i `+filepath.ToSlash(folder)+"/", len(folder)+4, []complete.CommandEntry{
		{Names: []string{`\i`}, Arguments: []complete.Argument{{Kind: complete.Path}}, Rest: true},
	}) {
		t.Error("a folder that was never read is not told to be missing")
	}
	if err := os.Mkdir(filepath.Join(folder, "inner"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(folder, "inner"), filepath.Join(folder, "other")); err != nil {
		t.Fatal(err)
	}
	typed := "ADD JAR '" + filepath.ToSlash(folder) + "/"
	awaitCandidate(t, typed, typed[8:]+"one.jar'")
	awaitCandidate(t, typed, typed[8:]+"inner/")
	awaitCandidate(t, typed, typed[8:]+"other/")
	write("two.jar")
	awaitCandidate(t, typed, typed[8:]+"two.jar'")
	if shared.Prefetch(typed, len(typed), nil) {
		t.Error("a folder that was read is told to be missing")
	}
}

func awaitCandidate(t *testing.T, text, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !slices.Contains(candidates(text), want); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %q, want %s", text, candidates(text), want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func candidates(text string) []string {
	var words []string
	shared.Prefetch(text, len(text), nil)
	_, found := shared.Complete(text, len(text), nil)
	for _, c := range found {
		words = append(words, c.Text)
	}
	return words
}
