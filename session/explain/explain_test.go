package explain

import (
	"context"
	"errors"
	"strings"
	"testing"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

// shop has the names that the statements of these tests can use.
type shop struct{}

func (shop) Names(context.Context) (gateway.Names, error) {
	return gateway.Names{Catalogs: []string{"main"}, Databases: []string{"shop"}, Tables: []string{"orders", "recent", "totals"}, Views: []string{"recent"}}, nil
}

func (shop) Columns(_ context.Context, tables []string) (map[string][]gateway.Column, error) {
	columns := map[string][]gateway.Column{}
	for _, table := range tables {
		columns[table] = []gateway.Column{{Name: "product"}, {Name: "price"}}
		if table == "totals" {
			columns[table] = []gateway.Column{{Name: "product"}, {Name: "sum"}}
		}
	}
	return columns, nil
}

func (shop) Callable(gateway.Names) []string { return []string{"Grade", "substring"} }

func (shop) GoFunction(name string) (string, bool) { return "Grade", strings.EqualFold(name, "grade") }

func (shop) GoHelper(name string) (declared, exported string, is bool) {
	return "half", "Half", strings.EqualFold(name, "half")
}

// unknown is Flink's refusal of a name.
func unknown(kind gateway.NameKind, name string) *gateway.Fault {
	return &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "there is no " + name, Unknown: name, Kind: kind, At: name}}
}

func TestFault(t *testing.T) {
	for _, test := range []struct {
		text, variable string
		fault          *gateway.Fault
		want           string
	}{
		{text: "SELECT * FROM ordres", fault: unknown(gateway.TableName, "ordres"),
			want: "c:1:15: there is no ordres\n  SELECT * FROM ordres\n                ^^^^^^\ndid you mean orders?"},
		{text: "SELECT 1;\nSELECT prise FROM orders", fault: unknown(gateway.ColumnName, "prise"),
			want: "c:2:8: there is no prise\n  SELECT prise FROM orders\n         ^^^^^\ndid you mean price?"},
		{text: "SELECT * FROM orders, TABLE(Words(UPPER(product)))", fault: unknown(gateway.ColumnName, "product"),
			want: "c:1:41: there is no product\n  SELECT * FROM orders, TABLE(Words(UPPER(product)))\n                                          ^^^^^^^\n" +
				"to use the columns of the tables before it in FROM, write LATERAL TABLE(…)"},
		{text: "SELECT prise FROM orders, TABLE(Words('a'))", fault: unknown(gateway.ColumnName, "prise"),
			want: "c:1:8: there is no prise\n  SELECT prise FROM orders, TABLE(Words('a'))\n         ^^^^^\ndid you mean price?"},
		{text: "SELECT * FROM orders, LATERAL TABLE(Words(prise))", fault: unknown(gateway.ColumnName, "prise"),
			want: "c:1:43: there is no prise\n  SELECT * FROM orders, LATERAL TABLE(Words(prise))\n                                            ^^^^^\ndid you mean price?"},
		{text: "SELECT x FROM orders", fault: unknown(gateway.ColumnName, "x"),
			want: "c:1:8: there is no x\n  SELECT x FROM orders\n         ^\navailable: product, price"},
		{text: "SELECT x FROM orders, totals", fault: unknown(gateway.ColumnName, "x"), // each name once
			want: "c:1:8: there is no x\n  SELECT x FROM orders, totals\n         ^\navailable: product, price, sum"},
		{text: "INSERT INTO totals SELECT x FROM orders", fault: unknown(gateway.ColumnName, "x"),
			want: "c:1:27: there is no x\n  INSERT INTO totals SELECT x FROM orders\n                            ^\navailable: product, price"},
		{text: "INSERT INTO totals (x, sum) SELECT * FROM orders", fault: unknown(gateway.ColumnName, "x"),
			want: "c:1:21: there is no x\n  INSERT INTO totals (x, sum) SELECT * FROM orders\n                      ^\navailable: product, sum"},
		{text: "EXPLAIN INSERT INTO totals SELECT summ FROM totals", fault: unknown(gateway.ColumnName, "summ"),
			want: "c:1:35: there is no summ\n  EXPLAIN INSERT INTO totals SELECT summ FROM totals\n                                    ^^^^\ndid you mean sum?"},
		{text: "SELECT CAST(price AS TEXT) FROM orders", fault: unknown(gateway.IdentifierName, "TEXT"),
			want: "c:1:22: there is no type TEXT\n  SELECT CAST(price AS TEXT) FROM orders\n                       ^^^^\nFlink has STRING"},
		{text: "SELECT SUBSTRIN(product, 1)", fault: unknown(gateway.FunctionName, "SUBSTRIN"),
			want: "c:1:8: there is no SUBSTRIN\n  SELECT SUBSTRIN(product, 1)\n         ^^^^^^^^\ndid you mean SUBSTRING?"},
		{text: "SELECT half(price)", fault: unknown(gateway.FunctionName, "half"),
			want: "c:1:8: half is a Go helper: SQL can only call exported functions\n  SELECT half(price)\n         ^^^^\ndeclare it as func Half"},
		{text: "DROP TABLE recent", fault: unknown(gateway.TableName, "recent"),
			want: "c:1:12: recent is a view, not a table\n  DROP TABLE recent\n             ^^^^^^\nDROP VIEW recent"},
		{text: "SELECT * FROM shpo.orders", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "there is no shpo", Unknown: "shpo", Kind: gateway.TableName}, Place: &gateway.Place{Line: 1, Column: 15, EndLine: 1, EndColumn: 25}},
			want: "c:1:15: there is no database shpo\n  SELECT * FROM shpo.orders\n                ^^^^^^^^^^^\ndid you mean shop?"},
		// The place is in the text without variables, and the variable's in the cell.
		{text: "SELECT price FROM ${t} WHERE y", variable: "orders AS a_long_name", fault: unknown(gateway.ColumnName, "y"),
			want: "c:1:30: there is no y\n  SELECT price FROM ${t} WHERE y\n                               ^\navailable: product, price"},
		{text: "SELECT a.x FROM ${t}", variable: "ordres", fault: unknown(gateway.TableName, "ordres"),
			want: "c:1:17: there is no ordres\n  SELECT a.x FROM ${t}\n                  ^^^^\ndid you mean orders?"},
		{text: "SELECT * FROM recent", fault: &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "there is no x"}, InView: true},
			want: "c:1:15: view recent: there is no x\n  SELECT * FROM recent\n                ^^^^^^\nSHOW CREATE VIEW recent shows its query"},
		// The view that has the error is known: its text is shown, masked, and its names are suggested.
		{text: "SELECT * FROM recent", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "there is no pric", Unknown: "pric", Kind: gateway.ColumnName}, InView: true,
			Views: []gateway.View{{Name: "recent", Through: "recent", Text: "CREATE VIEW recent AS\nSELECT pric FROM orders /*+ OPTIONS('password'='tok3n') */", Place: &gateway.Place{Line: 2, Column: 8, EndLine: 2, EndColumn: 11}}}},
			want: "c:1:15: view recent: there is no pric\n  SELECT * FROM recent\n                ^^^^^^\nrecent, line 2:\n  SELECT pric FROM orders /*+ OPTIONS('password'='******') */\n         ^^^^\ndid you mean price?"},
		{text: "SELECT * FROM recent", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "there is no x"}, InView: true,
			Views: []gateway.View{{Name: "inner", Through: "recent", Text: "SELECT x", Place: &gateway.Place{Line: 1, Column: 8, EndLine: 1, EndColumn: 8}}}},
			want: "c:1:15: view inner, which recent reads: there is no x\n  SELECT * FROM recent\n                ^^^^^^\ninner, line 1:\n  SELECT x\n         ^\nchange what the view reads, or define the view again"},
		{text: "SELECT * FROM recent", fault: &gateway.Fault{ // without a position
			Diagnosis: gateway.Diagnosis{Message: "no such cast"}, InView: true, Views: []gateway.View{{Name: "recent", Through: "recent", Text: "SELECT x"}}},
			want: "c:1:15: view recent: no such cast\n  SELECT * FROM recent\n                ^^^^^^\nSHOW CREATE VIEW recent shows its query"},
		// An error of planning is in the view that has the word, if the statement has it not and one view alone.
		{text: "SELECT * FROM recent", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "OVER needs ORDER BY", At: "OVER"},
			Views:     []gateway.View{{Name: "a", Through: "recent", Text: "SELECT 1"}, {Name: "recent", Through: "recent", Text: "SELECT SUM(x) OVER () FROM a"}}},
			want: "c:1:15: view recent: OVER needs ORDER BY\n  SELECT * FROM recent\n                ^^^^^^\nrecent, line 1:\n  SELECT SUM(x) OVER () FROM a\n                ^^^^"},
		{text: "SELECT SUM(x) OVER () FROM recent", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "OVER needs ORDER BY", At: "OVER"},
			Views:     []gateway.View{{Name: "recent", Through: "recent", Text: "SELECT SUM(x) OVER () FROM a"}}},
			want: "c:1:15: OVER needs ORDER BY\n  SELECT SUM(x) OVER () FROM recent\n                ^^^^"},
		{text: "SELECT * FROM recent", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "OVER needs ORDER BY", At: "OVER"},
			Views:     []gateway.View{{Name: "a", Through: "recent", Text: "SELECT SUM(x) OVER ()"}, {Name: "recent", Through: "recent", Text: "SELECT SUM(x) OVER () FROM a"}}},
			want: "c:1:1: OVER needs ORDER BY\n  SELECT * FROM recent\n  ^^^^^^"},
		{text: "SELECT price, FROM orders", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "FROM", Expected: []string{"<IDENTIFIER>", "*"}}}, Place: &gateway.Place{Line: 1, Column: 15}},
			want: "c:1:15: unexpected FROM\n  SELECT price, FROM orders\n                ^^^^\nremove the comma before it, or add what is missing between them"},
		{text: "SELECT * FROM t /*+ OPTIONS('rows-per-sec'='1') */", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "there is no rows-per-sec", Unknown: "rows-per-sec", Kind: gateway.OptionName, At: "t", Known: []string{"number-of-rows", "rows-per-second"}}},
			want: "c:1:15: there is no rows-per-sec\n  SELECT * FROM t /*+ OPTIONS('rows-per-sec'='1') */\n                ^\ndid you mean rows-per-second?"},
		{text: "CREATE TABLE b LIKE a WITH ('x' = 'y')", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "WITH", Expected: []string{"<EOF>", "(", ";", "."}}}, Place: &gateway.Place{Line: 1, Column: 23}},
			want: "c:1:23: unexpected WITH\n  CREATE TABLE b LIKE a WITH ('x' = 'y')\n                        ^^^^\nWITH (…) must come before LIKE"},
		// A notebook's command is an operator where the statement above it has not ended.
		{text: "SELECT 1\n%cancel q3", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "q3", Expected: strings.Fields("<EOF> ; , FROM WHERE GROUP UNION AS")}}, Place: &gateway.Place{Line: 2, Column: 9}},
			want: "c:2:9: unexpected q3\n  %cancel q3\n          ^^\nto run %cancel as a command, end the statement above it with ;"},
		{text: "SELECT 7\n% 2 q3", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "q3", Expected: strings.Fields("<EOF> ; , FROM WHERE GROUP UNION AS")}}, Place: &gateway.Place{Line: 2, Column: 5}},
			want: "c:2:5: unexpected q3\n  % 2 q3\n      ^^"},
		// The parser looks ahead, and rejects the word before the one that cannot be a name. No
		// secret is shown, neither of this statement nor of its neighbor on the line.
		{text: "DROP TEMPORARY SYSTEM FUNCTION upper", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "FUNCTION", Expected: []string{"TABLE", "VIEW"}}}, Place: &gateway.Place{Line: 1, Column: 23}},
			want: "c:1:32: upper is a reserved word\n  DROP TEMPORARY SYSTEM FUNCTION upper\n                                 ^^^^^\nto use it as a name, write `upper`"},
		// The parser rejects several tokens, one of which is the reserved word.
		{text: "SELECT A.dateTime AS x FROM orders AS A", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: ". dateTime", Expected: []string{"<EOF>", "AS", "FROM", "WHERE"}}}, Place: &gateway.Place{Line: 1, Column: 9}},
			want: "c:1:10: dateTime is a reserved word\n  SELECT A.dateTime AS x FROM orders AS A\n           ^^^^^^^^\nto use it as a name, write `dateTime`"},
		{text: "SELECT * FROM TABLE(UPPER('a'))", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Syntax: &gateway.Syntax{Found: "UPPER", Expected: []string{"<IDENTIFIER>"}}}, Place: &gateway.Place{Line: 1, Column: 21}},
			want: "c:1:21: UPPER is not a table function\n  SELECT * FROM TABLE(UPPER('a'))\n                      ^^^^^\ncall it in SELECT: SELECT UPPER(…)"},
		{text: "SELECT * FROM orders", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "it needs options", At: "orders", Hint: "WITH", Missing: []string{"path", "format", "x"}, Given: []string{"connector", "pth", "fromat"}}},
			want: "c:1:15: it needs options\n  SELECT * FROM orders\n                ^^^^^^\ndid you mean 'path' instead of 'pth', 'format' instead of 'fromat'?"},
		// No secret is shown, of this statement or of its neighbour on the line.
		{text: "SET 'a.password' = 'hunter2'; CREATE TABLE t WITH ('token' = 'tok3n')", fault: &gateway.Fault{
			Diagnosis: gateway.Diagnosis{Message: "tok3n is no token"}, Trace: "at tok3n"},
			want: "c:1:31: ****** is no token\n  SET 'a.password' = '******'; CREATE TABLE t WITH ('token' = '******')\n                               ^^^^^^"},
	} {
		statements := cell.Cell{Text: test.text, Name: "c"}.Statements()
		_, sql, err := statements[len(statements)-1].Expand(map[string]string{"t": test.variable})
		if err != nil {
			t.Fatal(err)
		}
		err = Fault(t.Context(), shop{}, sql, test.fault)
		var e *cell.Error
		if got := cell.Explain(err); got != test.want || !errors.As(err, &e) || strings.Contains(e.Trace, "tok3n") {
			t.Errorf("%s\ngot  %q\nwant %q", test.text, got, test.want)
		}
	}
}

// A statement set is put together from statements of several cells: a fault leads to the
// cell that has it.
func TestFaultInOneOfManyCells(t *testing.T) {
	set := cell.Generated("EXECUTE STATEMENT SET BEGIN\n")
	set.Add(cell.Typed(cell.Cell{Text: "INSERT INTO y SELECT price FROM orders", Name: "other"}.Statements()[0]))
	set.Add(cell.Generated(";\n"))
	set.Add(cell.Typed(cell.Cell{Text: "INSERT INTO x SELECT nope FROM orders", Name: "a"}.Statements()[0]))
	set.Add(cell.Generated(";\nEND"))
	err := Fault(t.Context(), shop{}, set, unknown(gateway.ColumnName, "nope"))
	if want := "a:1:22: there is no nope\n  INSERT INTO x SELECT nope FROM orders\n                       ^^^^\navailable: product, price"; cell.Explain(err) != want {
		t.Errorf("%q", cell.Explain(err))
	}
}

// An error that is not a rejection keeps its own text.
func TestOtherErrors(t *testing.T) {
	sql := cell.Typed(cell.Cell{Text: "SELECT 1", Name: "c"}.Statements()[0])
	said := cell.Fail(sql.First(), "said before", "")
	ended, end := context.WithCancel(t.Context())
	end()
	for _, test := range []struct {
		ctx  context.Context
		err  error
		want string
	}{
		{t.Context(), said, cell.Explain(said)},
		{t.Context(), errors.New("no route"), "c:1:1: no route"},
		{t.Context(), &gateway.LostError{Reason: "the Flink JVM has ended"}, "c:1:1: the Flink JVM has ended\n" + (&gateway.LostError{}).Hint()},
		{ended, unknown(gateway.TableName, "x"), context.Canceled.Error()},
	} {
		if got := cell.Explain(Fault(test.ctx, shop{}, sql, test.err)); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

// A type follows AS in a CAST, or the name of a column that is declared.
func TestIsType(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT CAST(a AS x)":             true,
		"SELECT TRY_CAST(a AS x)":         true,
		"SELECT a AS x":                   false,
		"CREATE TABLE t (a x":             true,
		"CREATE TABLE t (a INT, /* */b x": true,
		"SELECT F(x":                      false,
		"SELECT F(a.x":                    false,
	} {
		sql := sqltext.NewLexed(text)
		if at := strings.LastIndex(text, "x"); isType(sql, sqltext.Span{Start: at, End: at + 1}) != want {
			t.Errorf("%s: a type is %v", text, !want)
		}
	}
}
