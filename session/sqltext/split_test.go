package sqltext

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// brief writes statements as class|verb|text, with … for an unterminated one.
func brief(text string) []string {
	var list []string
	for _, s := range Split(text) {
		end := ""
		if !s.Terminated {
			end = "…"
		}
		list = append(list, s.Class.String()+"|"+s.Verb+"|"+s.Text+end)
	}
	return list
}

func TestSplit(t *testing.T) {
	const body = "func F(a string) string {\n\treturn `;}` + \"}\\\"\" + string('}') // };\n}"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", " \n-- c\n/* d */ // e", nil},
		{"empty statements", ";; ;", nil},
		{"one", "SELECT 1;", []string{"SQL|SELECT|SELECT 1"}},
		{"no end", "SELECT 1 -- c\n", []string{"SQL|SELECT|SELECT 1…"}},
		{"comments around", "-- a;\n/* b; */ SELECT /* c; */ 1 /* d */ ; -- e", []string{"SQL|SELECT|SELECT /* c; */ 1"}},
		{"quotes", "SELECT ';', `;`, E'\\';' /*+ O(';') */; SELECT 2;", []string{"SQL|SELECT|SELECT ';', `;`, E'\\';' /*+ O(';') */", "SQL|SELECT|SELECT 2"}},
		{"statement set of statements", "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;",
			[]string{"SQL|BEGIN STATEMENT SET|BEGIN STATEMENT SET", "SQL|INSERT|INSERT INTO a SELECT 1", "SQL|END|END"}},
		{"statement set as one", "execute statement set begin insert into a select case when b then 1 end; insert into c select 2; end; SELECT 1;",
			[]string{"SQL|EXECUTE STATEMENT SET|execute statement set begin insert into a select case when b then 1 end; insert into c select 2; end", "SQL|SELECT|SELECT 1"}},
		{"explained set", "EXPLAIN STATEMENT /* c */ SET\nBEGIN INSERT INTO a SELECT 1;; END;", []string{"SQL|EXPLAIN|EXPLAIN STATEMENT /* c */ SET\nBEGIN INSERT INTO a SELECT 1;; END"}},
		{"compiled set", "COMPILE AND EXECUTE PLAN 'f' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END; END;",
			[]string{"SQL|COMPILE AND EXECUTE PLAN|COMPILE AND EXECUTE PLAN 'f' FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END", "SQL|END|END"}},
		{"open set", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;", []string{"SQL|EXECUTE STATEMENT SET|EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;…"}},
		{"Go among SQL", "SELECT 1;\n// doc\n" + body + "\nSELECT F('x'); var x = 1; const y = 2\nSELECT 2",
			[]string{"SQL|SELECT|SELECT 1", "Go|func|" + body, "SQL|SELECT|SELECT F('x')", "Go|var|var x = 1", "Go|const|const y = 2", "SQL|SELECT|SELECT 2…"}},
		{"Go declarations in a row", "import \"fmt\"\ntype (\n\tA int\n\tB struct{ s string }\n)\nfunc (b B) M() {}; func N[T interface{ ~int }](t T) struct{ T } { return struct{ T }{t} } var f = func() int {\n\treturn 1\n}\n",
			[]string{"Go|import|import \"fmt\"", "Go|type|type (\n\tA int\n\tB struct{ s string }\n)", "Go|func|func (b B) M() {}",
				"Go|func|func N[T interface{ ~int }](t T) struct{ T } { return struct{ T }{t} }", "Go|var|var f = func() int {\n\treturn 1\n}"}},
		{"Go over several lines", "var x =\n\t1 +\n\t2 // c\nvar s = `a\r\n;b`\n", []string{"Go|var|var x =\n\t1 +\n\t2", "Go|var|var s = `a\r\n;b`"}},
		{"brace on the next line stays in the function", "func F() int // c\n{ return 1 }\nSELECT 1;", []string{"Go|func|func F() int // c\n{ return 1 }", "SQL|SELECT|SELECT 1"}},
		{"Go without end", "func F() {\n\tg(1;", []string{"Go|func|func F() {\n\tg(1;…"}},
		{"func inside SQL", "CREATE FUNCTION f AS 'x';\nSELECT\nfunc FROM t;", []string{"SQL|CREATE FUNCTION|CREATE FUNCTION f AS 'x'", "SQL|SELECT|SELECT\nfunc FROM t"}},
		{"commands", "\\q\n  \\Timing  on ; x\n\\set a b;;\nhelp\nEXIT; quit;SELECT 1;\nclear the screen\n\\?",
			[]string{"command|q|\\q", "command|timing|\\Timing  on ; x", "command|set|\\set a b", "command|help|help", "command|exit|EXIT", "command|quit|quit",
				"SQL|SELECT|SELECT 1", "command|clear|clear the screen", "command|?|\\?"}},
		{"magics", "%Show q1 ; x\n%%sql a;\nSELECT 1 %\necho;\n% x", []string{"command|show|%Show q1 ; x", "command|sql|%%sql a", "SQL|SELECT|SELECT 1 %\necho", "unknown||% x"}},
		{"unknown", "SELCT 1; 12; x := 'a';\nFUNC F() {}", []string{"unknown|SELCT|SELCT 1", "unknown||12", "unknown|x|x := 'a'", "unknown|FUNC|FUNC F() {}"}},
		{"lines that start no statement", ".tables\n?\n!ls -l\nfmt.Println(1)\nq\nx := 5\n# c\ndon't\nSELECT 'a\nb';",
			[]string{"unknown||.tables", "unknown||?", "unknown||!ls -l", "unknown|fmt|fmt.Println(1)", "unknown|q|q", "unknown|x|x := 5", "unknown||# c", "unknown|don|don't", "SQL|SELECT|SELECT 'a\nb'"}},
		{"words of SQL that are Go", "set := 5\nuse.Load()\nwith.tables -- c\nSET a = b;\nSELECT.5;", []string{"unknown|set|set := 5", "unknown|use|use.Load()", "unknown|with|with.tables", "SQL|SET|SET a = b", "SQL|SELECT|SELECT.5"}},
		{"misspelled", "SELCT a,\n  b -- ;\nFROM t;\ncrate table t (\n\\d t\nSELECT 1;\nvalus(1)\nSELECT 2;",
			[]string{"unknown|SELCT|SELCT a,\n  b -- ;\nFROM t", "unknown|crate|crate table t (", "command|d|\\d t", "SQL|SELECT|SELECT 1", "unknown|valus|valus(1)", "SQL|SELECT|SELECT 2"}},
		{"blocks that start no statement", "for i := range 3 {\n\tf(i); g()\n}\nfucn F() {\n}; SELECT 1;\nx /* a\nb */ y\nf(\nSELECT 2;\n{",
			[]string{"unknown|for|for i := range 3 {\n\tf(i); g()\n}", "unknown|fucn|fucn F() {\n}", "SQL|SELECT|SELECT 1", "unknown|x|x /* a\nb */ y", "unknown|f|f(", "SQL|SELECT|SELECT 2", "unknown||{"}},
		{"open comment", "SELECT 1; /* a; SELECT 2;", []string{"SQL|SELECT|SELECT 1", "unknown||/* a; SELECT 2;…"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := brief(test.text); !slices.Equal(got, test.want) {
				t.Errorf("%s\n got %q\nwant %q", test.text, got, test.want)
			}
		})
	}
}

func TestVerb(t *testing.T) {
	for text, want := range map[string]string{
		"create temporary system function if not exists f":   "CREATE FUNCTION",
		"CREATE OR REPLACE TABLE t AS SELECT 1":              "CREATE TABLE",
		"CREATE OR ALTER MATERIALIZED TABLE t AS SELECT 1":   "CREATE MATERIALIZED TABLE",
		"DROP TEMPORARY VIEW IF EXISTS v":                    "DROP VIEW",
		"SHOW -- all\n/* of */ TABLES FROM d":                "SHOW TABLES",
		"REPLACE TABLE t AS SELECT 1":                        "REPLACE TABLE",
		"DESC DATABASE d":                                    "DESCRIBE DATABASE",
		"SHOW CREATE MATERIALIZED TABLE t":                   "SHOW CREATE MATERIALIZED TABLE",
		"SHOW USER FUNCTIONS":                                "SHOW FUNCTIONS",
		"SHOW FULL MODULES":                                  "SHOW MODULES",
		"SHOW CURRENT DATABASE":                              "SHOW CURRENT DATABASE",
		"USE CATALOG c":                                      "USE CATALOG",
		"USE c":                                              "USE",
		"USE `MODULES`":                                      "USE",
		"((SELECT 1) UNION (SELECT 2))":                      "SELECT",
		"(VALUES 1)":                                         "VALUES",
		"TABLE orders":                                       "TABLE",
		"INSERT OVERWRITE t SELECT 1":                        "INSERT",
		"EXECUTE INSERT INTO t SELECT 1":                     "EXECUTE",
		"EXPLAIN ESTIMATED_COST SELECT 1":                    "EXPLAIN",
		"ALTER TABLE t ADD c INT":                            "ALTER TABLE",
		"CREATE TABEL t":                                     "CREATE",
		"SET 'a'='b'":                                        "SET",
		"STOP JOB 'x' WITH SAVEPOINT":                        "STOP JOB",
		"ANALYZE TABLE t COMPUTE STATISTICS FOR ALL COLUMNS": "ANALYZE TABLE",
		"DESC t":   "DESCRIBE",
		"CALL p()": "CALL",
	} {
		s := Split(text)
		if len(s) != 1 || s[0].Class != SQL || s[0].Verb != want {
			t.Errorf("%s: %+v, want SQL with verb %s", text, s, want)
		}
	}
}

func TestQueryAndArguments(t *testing.T) {
	statements := Split("WITH a AS (SELECT 1) SELECT * FROM a; (VALUES 1); INSERT INTO t SELECT 1; type TABLE int\n\\watch 2  s ;")
	for i, want := range []bool{true, true, false, false, false} {
		if got := statements[i].Query(); got != want {
			t.Errorf("%s: Query() = %v", statements[i].Text, got)
		}
	}
	if got := statements[4].Arguments(); got != "2  s" {
		t.Errorf("arguments %q", got)
	}
}

func TestSuggestion(t *testing.T) {
	for text, want := range map[string]string{
		"SELCT 1;": "SELECT", "crate table t": "CREATE", "fucn F() {}": "func", "FUNC F() {}": "func", "inser into t": "INSERT",
		"descrbe t": "DESCRIBE", "hepl": "help", "banana": "", "x := 1": "", "12": "", "'SELCT'": "", "SHOWW TABLES": "SHOW",
	} {
		s := Split(text)
		if len(s) != 1 || s[0].Class != Unknown || s[0].Suggestion != want {
			t.Errorf("%s: %+v, want suggestion %q", text, s, want)
		}
	}
}

func TestStatementErrors(t *testing.T) {
	for _, test := range []struct{ text, at, message string }{
		{"SELECT 1; SELECT 'ab;\nc", "'", "string is never closed"},
		{"SELECT N'ab", "N'", "string is never closed"},
		{"SELECT a /* b", "/*", "comment is never closed"},
		{"SELECT 1\n  %%wait rows=5", "%%wait", "%%wait cannot stand inside of a statement: move it to the top of the cell"},
		{"/* b", "/*", "comment is never closed"},
		{"SELECT `a FROM t;\nSELECT 1", "`", "not closed in its line"},
		{"func F() { x := \"ab\n}", "\"", "string is never closed"},
		{"var s = `ab\n;", "`", "string is never closed"},
		{`SELECT "a;b" FROM t`, `"a;b"`, "no double quotes"},
		{"SELECT ‘a’", "‘", "not a SQL quote"},
		{"SELECT\u00a01", "\u00a0", "U+00A0"},
		{"SELECT ``", "``", "empty"},
		{"SELECT a,\n \\d t\nFROM t;", `\`, "end the statement with ; first"},
		{"SELECT \xff", "\xff", "UTF-8"},
		{"SELECT 1;", "", ""},
		{`SET a."b" = "c";`, "", ""},
	} {
		statements := Split(test.text)
		var got *Error
		for _, s := range statements {
			if s.Err != nil && !errors.As(s.Err, &got) {
				t.Fatalf("%T", s.Err)
			}
		}
		switch {
		case got == nil && test.message == "":
		case got == nil:
			t.Errorf("%q: no error", test.text)
		case test.message == "", !strings.Contains(got.Error(), test.message), test.text[got.Span.Start:got.Span.End] != test.at:
			t.Errorf("%q: %q at %v", test.text, got, got.Span)
		}
	}
}

func TestIncomplete(t *testing.T) {
	for text, want := range map[string]Reason{
		"":                            Complete,
		" -- c\n":                     Complete,
		"SELECT 1;":                   Complete,
		"SELECT 1; -- c":              Complete,
		"SELECT 1":                    OpenStatement,
		"SELECT 1; SELECT":            OpenStatement,
		"SELECT 'a;":                  OpenString,
		"SELECT E'a\\';":              OpenString,
		"SELECT /* ; ":                OpenComment,
		"/* a":                        OpenComment,
		"SELECT `a;":                  Complete, // a name ends with its line: show the fault
		"EXECUTE STATEMENT SET BEGIN": OpenSet,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;":      OpenSet,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END":  OpenStatement,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;": Complete,
		"BEGIN STATEMENT SET;":      Complete,
		`\timing`:                   Complete,
		".tables":                   Complete,
		"x 'y":                      Complete,
		"f(":                        Complete,
		"SELCT *":                   Complete,
		"SELCT /* a":                Complete,
		"${query}":                  OpenStatement,
		"quit":                      Complete,
		"func":                      OpenDeclaration,
		"func F(":                   OpenDeclaration,
		"func F(a int,":             OpenDeclaration,
		"func F() {":                OpenDeclaration,
		"func F() {\n\tif x {\n\t}": OpenDeclaration,
		"func F() {\n\tx := map[string]int{\n\t\t\"}\": 1,": OpenDeclaration,
		"func F() { return }":                               Complete,
		"func F() int":                                      Complete,
		"func F(a int":                                      Complete, // Go needs a comma before the line end
		"func F() { x := a[1 }":                             Complete,
		"func F() { x := ) ":                                Complete,
		"func F() { s := \"a":                               Complete,
		"func F() { s := `a":                                OpenString,
		"func F() { ) s := `a":                              Complete,
		"func F() { /* a":                                   OpenComment,
		"var x =":                                           OpenDeclaration,
		"var x = 1 +":                                       OpenDeclaration,
		"var x = 1":                                         Complete,
		"var x = 1 /* a":                                    OpenComment,
		"type T struct {\n\ta int":                          OpenDeclaration,
		"import (":                                          OpenDeclaration,
		"import (\n\t\"fmt\"\n)":                            Complete,
		"SELECT 1;\nfunc F() {\n}\nvar (":                   OpenDeclaration,
		"func F() {\n}\nSELECT F()":                         OpenStatement,
		"//riffle:vectorized":                               OpenDeclaration,
		"SELECT 1;\n//riffle:vectorized\n// F is.\n":        OpenDeclaration,
		"//riffle:vectorized\nfunc F() {}":                  Complete,
		"// F is.":                                          Complete,
	} {
		incomplete, got := Incomplete(text)
		if got != want || incomplete != (want != Complete) {
			t.Errorf("%q: %v, %v, want %v", text, incomplete, got, want)
		}
	}
}

func TestBackground(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 &":                          "SELECT 1&",
		"SELECT 1 & ;\nSELECT 2;":             "SELECT 1& SELECT 2",
		"SELECT 1& -- a\nSELECT '&'\n;":       "SELECT 1& SELECT '&'",
		"SELECT 1\n  &\nfunc F() {\n\tx &\n}": "SELECT 1& func F() {\n\tx &\n}",
		"INSERT INTO a SELECT 1 &;":           "INSERT INTO a SELECT 1&",
		"SELECT a & b;":                       "SELECT a & b",
		"ls &\nSELCT 1 &\nSELECT 2;":          "ls & SELCT 1& SELECT 2",
		"SET a = b &":                         "SET a = b &",
		"SELECT 'a &\n' /* &\n*/;":            "SELECT 'a &\n'",
	} {
		var got []string
		for _, s := range Split(text) {
			if s.Background {
				s.Text += "&"
			}
			got = append(got, s.Text)
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%q: %q, want %q", text, joined, want)
		}
	}
	if open, _ := Incomplete("SELECT 1 &"); open {
		t.Error("a statement that ends in & goes on")
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, at := Lex(text), 0
		for i, s := range Split(text) {
			if s.Span.Start < at || s.Span.Len() == 0 || s.Text != text[s.Span.Start:s.Span.End] {
				t.Fatalf("statement %d %+v after %d in %q", i, s, at, text)
			}
			if s.Word.Start != s.Span.Start || s.Word.Len() == 0 || s.Word.End > s.Span.End {
				t.Fatalf("first word %v of %+v in %q", s.Word, s, text)
			}
			wantNothing(t, text, tokens, at, s.Span.Start)
			at = s.Span.End
			if !strings.Contains(Excerpt(text, s.Span), "^") {
				t.Fatalf("no caret in %q", Excerpt(text, s.Span))
			}
			carried := s.Lexed()
			if _, err := ParseSet(carried); err == nil && s.Verb != "SET" && s.Verb != "RESET" {
				t.Fatalf("%q is no setting", s.Text)
			}
			if whole := s.Source(); whole.Text != text || !slices.Equal(whole.Tokens, tokens) {
				t.Fatalf("%q comes from %+v", s.Text, whole)
			}
			// Whether an & ends a statement depends on what follows it.
			if want := Lex(s.Text); s.Class == SQL && !strings.Contains(s.Text, "&") && (carried.Text != s.Text || !slices.Equal(carried.Tokens, want)) {
				t.Fatalf("%q carries %v, not %v", s.Text, carried.Tokens, want)
			}
		}
		wantNothing(t, text, tokens, at, len(text))
		Incomplete(text)
	})
}

// wantNothing fails if anything but blanks, closed comments and semicolons
// lies between two statements, so that splitting loses nothing.
func wantNothing(t *testing.T, text string, tokens []Token, from, to int) {
	t.Helper()
	for _, token := range tokens {
		if token.Span.End <= from || token.Span.Start >= to {
			continue
		}
		if token.Kind != Space && token.Kind != Comment && token.Kind != Semicolon || token.Open || token.Span.Start < from || token.Span.End > to {
			t.Fatalf("%q is lost in %q", text[token.Span.Start:token.Span.End], text)
		}
	}
}
