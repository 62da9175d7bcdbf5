package session_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"riffle/session/sessiontest"
)

// TestColumnOperatorTakesAllTypes sends values of each type and precision through functions.
func TestColumnOperatorTakesAllTypes(t *testing.T) {
	numbered(t)
	var functions goMirror
	keep := map[string]string{} // by Go type
	var definitions, with, without, shows []string
	untested := columnTypes()
	for i, typ := range argumentsOfAllTypes() {
		delete(untested, typeOf(typ).Root)
		goType, _ := functions.of(typ)
		if keep[goType] == "" {
			keep[goType] = functions.keep(typ)
		}
		definitions = append(definitions, fmt.Sprintf("c%d %s", i, typ))
		kept := fmt.Sprintf("%s(c%d)", keep[goType], i)
		if typ.children == nil {
			kept = fmt.Sprintf("CAST(%s AS %s)", kept, typ)
		}
		with, without = append(with, kept), append(without, fmt.Sprintf("c%d", i))
		shows = append(shows, fmt.Sprintf("%s(c%d)", functions.show(typ), i))
	}
	for root, row := range untested {
		if len(row.Go) > 0 || row.TakenAs != "" {
			t.Errorf("no value of the type %s goes through a function", root)
		}
	}
	run(t, differentialFunctions+functions.declarations.String())
	run(t, "CREATE TEMPORARY TABLE arguments (id BIGINT NOT NULL, "+strings.Join(definitions, ", ")+
		") WITH ('connector' = 'numbered', 'number-of-rows' = '300', 'percent-null' = '10')")
	defer run(t, "RESET; DROP TEMPORARY TABLE arguments")
	run(t, "SET 'table.local-time-zone' = 'Asia/Kolkata'")
	query := func(columns []string) string { return "SELECT id, " + strings.Join(columns, ", ") + " FROM arguments" }
	compared{both: both{query(with), query(without)}}.compareWithFewer(t, true)
	run(t, "SET 'execution.runtime-mode' = 'batch'")
	compared{both: both{with: query(shows)}}.compare(t, true)
}

// argumentsOfAllTypes returns a type of each kind that functions take, of all precisions.
func argumentsOfAllTypes() []sqlType {
	names := []string{"BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(1, 0)", "DECIMAL(18, 18)", "DECIMAL(19, 4)", "DECIMAL(38, 18)",
		"CHAR(3)", "VARCHAR(7)", "STRING", "BINARY(3)", "VARBINARY(7)", "BYTES", "DATE"}
	for _, name := range []string{"TIME", "TIMESTAMP", "TIMESTAMP_LTZ"} {
		for precision := range 10 {
			names = append(names, fmt.Sprintf("%s(%d)", name, precision))
		}
	}
	var types []sqlType
	for _, name := range names {
		types = append(types, sqlType{name: name})
	}
	named := func(name string) sqlType { return sqlType{name: name} }
	row := sqlType{"ROW", []sqlType{named("TIMESTAMP_LTZ(9)"), named("BOOLEAN"), named("TIME(3)"), named("STRING"), named("DECIMAL(38, 18)")}}
	array := sqlType{"ARRAY", []sqlType{named("TIMESTAMP(9)")}}
	return append(types, row, array, sqlType{"ARRAY", []sqlType{row}}, sqlType{"ROW", []sqlType{array, row, named("BYTES")}},
		sqlType{"MAP", []sqlType{named("STRING NOT NULL"), row}}, sqlType{"MAP", []sqlType{named("BIGINT NOT NULL"), named("BOOLEAN")}})
}

// TestColumnOperatorPassesAllTypes sends values of each type past a function.
func TestColumnOperatorPassesAllTypes(t *testing.T) {
	numbered(t)
	declare(t)
	jar, err := filepath.Abs("testdata/raw/raw.jar")
	if err != nil {
		t.Fatal(err)
	}
	run(t, fmt.Sprintf("CREATE TEMPORARY FUNCTION ToURI AS 'example.ToURI' USING JAR '%s'", filepath.ToSlash(jar)))
	defer run(t, "RESET; DROP TEMPORARY TABLE passing; DROP TEMPORARY FUNCTION ToURI")
	untested := columnTypes()
	definition := "id BIGINT NOT NULL, s STRING, d DOUBLE, i INT, z TIMESTAMP_LTZ(9), n TIMESTAMP(9), b BYTES, " +
		"k BOOLEAN, l TINYINT, o SMALLINT NOT NULL, p BINARY(3), q DATE NOT NULL, m MULTISET<STRING>, v VARIANT, x MAP<STRING, ROW<t TIME(3), f FLOAT>>, u AS ToURI(IF(MOD(id, 3) = 0, 'a', CAST(NULL AS STRING)))"
	for k, e := range append(slices.Clone(expressions), "CASE WHEN MOD(id, 3) > 0 THEN INTERVAL '3 04:05:06' DAY TO SECOND END") {
		// Flink's planner loses the digits of an interval in a computed column, and then finds that types differ.
		if !strings.Contains(e, "INTERVAL '") || strings.Contains(e, "'1-2'") || strings.Contains(e, "CASE") {
			definition += fmt.Sprintf(", e%d AS %s", k, e)
		}
	}
	// A computed column is below the operator that makes watermarks, and a function above it.
	run(t, "CREATE TEMPORARY TABLE passing ("+definition+", w AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR w AS w) "+
		"WITH ('connector' = 'numbered', 'number-of-rows' = '100', 'percent-null' = '10')")
	compared{both: both{"SELECT Wide(id) - 1, * FROM passing", "SELECT id, * FROM passing"}}.compareWithFewer(t, true)
	for _, typ := range table(t, "DESCRIBE passing") {
		for root, row := range untested {
			if strings.Contains(typ, " "+row.Name) || slices.ContainsFunc(row.Aliases, func(name string) bool { return strings.Contains(typ, " "+name) }) {
				delete(untested, root)
			}
		}
	}
	for root := range untested {
		t.Errorf("no value of the type %s passes by", root)
	}
}

// TestColumnOperatorPassesBinaryOfAnyLength has values of a BINARY(3) that Flink's JSON format reads with fewer
// and more bytes.
func TestColumnOperatorPassesBinaryOfAnyLength(t *testing.T) {
	declare(t)
	folder := t.TempDir()
	rows := `{"id":1,"b":"YQ=="}` + "\n" + `{"id":2,"b":"YWJj"}` + "\n" + `{"id":3,"b":"YWJjZGU="}` + "\n" + `{"id":4,"b":null}` + "\n"
	if err := os.WriteFile(filepath.Join(folder, "rows"), []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "CREATE TEMPORARY TABLE lengths (id BIGINT, b BINARY(3)) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '"+filepath.ToSlash(folder)+"')")
	defer run(t, "RESET; DROP TEMPORARY TABLE lengths")
	compared{both: both{"SELECT Wide(id) - 1, DECODE(b, 'UTF-8') FROM lengths", "SELECT id, DECODE(b, 'UTF-8') FROM lengths"}}.compare(t, true)
	got := sessiontest.Drain(t, run(t, "SELECT b FROM lengths").Events)
	if err := got.Ended.Err; err == nil || !strings.Contains(err.Error(), "a BINARY(3) value has length 1; the type BYTES takes any length") {
		t.Errorf("a value of another length as a result: %q, %v", got.Table, err)
	}
}

// TestColumnOperatorUnderCheckpoints has checkpoints overtake rows that wait for a slow function: each of the two
// subtasks of the source pauses after 1,000 of its 4,000 rows until a checkpoint begins, which it does when the one
// before it has ended. Only an INSERT takes checkpoints. A fast function has emitted all rows when a checkpoint begins.
func TestColumnOperatorUnderCheckpoints(t *testing.T) {
	numbered(t)
	run(t, `func Slowly(n int64) int64 { if n%64 == 0 { time.Sleep(5 * time.Millisecond) }; return n }
func Quickly(n int64) int64 { return n }`)
	run(t, `CREATE TEMPORARY TABLE waiting (id BIGINT NOT NULL, s STRING, x ARRAY<TIMESTAMP(9)>, p AS PROCTIME())
			WITH ('connector' = 'numbered', 'number-of-rows' = '8000', 'rows-per-checkpoint' = '1000');
		SET 'parallelism.default' = '2'; SET 'execution.checkpointing.interval' = '10 ms'; SET 'execution.checkpointing.unaligned.enabled' = 'true';
		SET 'table.dml-sync' = 'true'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE waiting")
	written := func(id string) []string {
		folder := t.TempDir()
		run(t, "CREATE TEMPORARY TABLE written (id BIGINT, s STRING, x ARRAY<TIMESTAMP(9)>) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '"+filepath.ToSlash(folder)+"')")
		defer run(t, "DROP TEMPORARY TABLE written")
		// The rows are shuffled in front of the function, or they would not wait in a channel.
		sessiontest.Drain(t, run(t, "INSERT INTO written SELECT "+id+", s, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY p) AS r FROM waiting) WHERE r = 1").Events)
		var lines []string
		files, err := filepath.Glob(filepath.Join(folder, "part-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, strings.Split(strings.TrimSpace(string(text)), "\n")...)
		}
		slices.Sort(lines)
		return lines
	}
	log := logFrom(t)
	got := written("Slowly(id)")
	log.want(t, "columns")
	if n := strings.Count(log.text(t), "Completed checkpoint "); n < 3 {
		t.Errorf("%d checkpoints", n)
	}
	want := written("id")
	if len(want) != 8000 || !slices.Equal(got, want) {
		t.Error(difference(got, want, "without a function"))
	}
	run(t, "SET 'execution.checkpointing.interval' = '100 ms'")
	if got := written("Quickly(id)"); !slices.Equal(got, want) {
		t.Errorf("a function that is idle: %s", difference(got, want, "without a function"))
	}
}

// operatorLines matches what the operators of functions log when they open.
var operatorLines = regexp.MustCompile(`(?:riffle|Flink)'s operator calls functions (on columns|in batches|row by row): (.*)`)

// operatorLog is the part of the log of Flink's JVM that is written from some moment on.
type operatorLog struct{ from int64 }

func logFrom(t *testing.T) operatorLog {
	t.Helper()
	info, err := os.Stat(flinkLog)
	if err != nil {
		t.Fatal(err)
	}
	return operatorLog{info.Size()}
}

// text returns the part. Log4j may have begun another file in the meantime; the part then begins in the file before, which
// has the highest number.
func (l operatorLog) text(t *testing.T) string {
	t.Helper()
	text := l.read(t, flinkLog)
	if info, err := os.Stat(flinkLog); err != nil {
		t.Fatal(err)
	} else if info.Size() >= l.from {
		return text
	}
	older, err := filepath.Glob(flinkLog + ".*")
	if err != nil {
		t.Fatal(err)
	}
	if len(older) == 0 {
		t.Fatalf("%s is shorter than it was, and no other file has the lines before", flinkLog)
	}
	return l.read(t, slices.Max(older)) + operatorLog{}.read(t, flinkLog)
}

func (l operatorLog) read(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, l.from, 1<<40))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// want checks which operators of functions have opened since then: those of columns, Flink's, or, if kind is
// "", none.
func (l operatorLog) want(t *testing.T, kind string) {
	t.Helper()
	lines := operatorLines.FindAllStringSubmatch(l.text(t), -1)
	if (len(lines) > 0) != (kind != "") {
		t.Errorf("%d operators of functions opened, of the kind %q", len(lines), kind)
	}
	for _, line := range lines {
		if columns := line[1] == "on columns"; columns != (kind == "columns") {
			t.Errorf("with %q, an operator calls functions %s", kind, line[0])
		}
	}
}
