package cell

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"riffle/session/sqltext"
)

func statementOf(t *testing.T, text string) Statement {
	t.Helper()
	statements := Cell{Text: text, Name: "cell[1]"}.Statements()
	if len(statements) != 1 {
		t.Fatalf("%q is %d statements", text, len(statements))
	}
	return statements[0]
}

func TestExpand(t *testing.T) {
	variables := map[string]string{
		"n": "42", "table_": "orders", "quote": "it's", "tick": "a`b", "back": `a\`, "empty": "",
		"query": "SELECT 1", "two": "1; SELECT 2", "quit": "quit", "open": "'x", "bad": "@",
	}
	for _, test := range []struct{ text, want, failure string }{
		{text: "SELECT 1 $ 2", want: "SELECT 1 $ 2"},
		{text: "SELECT ${n}", want: "SELECT 42"},
		{text: "SELECT ${n} + ${n}, x_${n} FROM ${table_};", want: "SELECT 42 + 42, x_42 FROM orders"},
		{text: "SELECT '${quote}', ${quote:-x}9'", want: "SELECT 'it''s', it's9'"},
		{text: "SELECT `${tick}`, E'${back}', E'${quote}', N'${quote}'", want: "SELECT `a``b`, E'a\\\\', E'it''s', N'it''s'"},
		{text: "SELECT ${none:-1 + 2}, '${none:-it''s}', ${empty:-3}${empty}", want: "SELECT 1 + 2, 'it''s', 3"},
		{text: "SELECT $${n}, '$${n}' -- ${none}", want: "SELECT ${n}, '${n}'"},
		{text: "SELECT /* ${none} */ /*+ OPTIONS('a'='${n}') */ 1", want: "SELECT /* ${none} */ /*+ OPTIONS('a'='42') */ 1"},
		{text: "${query}", want: "SELECT 1"},
		{text: "${empty} ${query} ;", want: "SELECT 1"},
		{text: "SET 'a' = '${quote}'", want: "SET 'a' = 'it''s'"},
		{text: "func F() string { return `${none}` }", want: "func F() string { return `${none}` }"},
		{text: "SELECT 1,\n  ${m}", failure: "cell[1]:2:3: there is no variable m\n    ${m}\n    ^^^^\n\\set m value defines it; $${ is a literal ${"},
		{text: "SELECT ${qery}", failure: "cell[1]:1:8: there is no variable qery\n  SELECT ${qery}\n         ^^^^^^^\ndid you mean query?"},
		{text: "SELECT ${n", failure: "cell[1]:1:8: ${ has no closing }\n  SELECT ${n\n         ^^\nwrite $${ for a literal ${"},
		{text: "SELECT '${n' || '}'", failure: "cell[1]:1:9: ${ has no closing }\n  SELECT '${n' || '}'\n          ^^\nwrite $${ for a literal ${"},
		{text: "SELECT ${1}", failure: "cell[1]:1:8: write a variable as ${name} or ${name:-default}\n  SELECT ${1}\n         ^^^^\nwrite $${ for a literal ${"},
		{text: "SELECT U&'${n}'", failure: "cell[1]:1:11: a variable cannot be used in U&'…', because it could contain escapes\n  SELECT U&'${n}'\n            ^^^^\nuse a string without U&"},
		{text: "SELECT ${two}", failure: "cell[1]:1:1: the variables expand it to 2 statements\n  SELECT ${two}\n  ^^^^^^\na value can contain ; only inside a string"},
		{text: "${quit}", failure: "cell[1]:1:1: the variables expand it to something that is not SQL\n  ${quit}\n  ^"},
		{text: "${empty}", failure: "cell[1]:1:1: the statement is empty, because its variables are empty\n  ${empty}\n  ^"},
		{text: "SELECT 1 + ${open}", failure: "cell[1]:1:12: string is never closed: ' is missing\n  SELECT 1 + ${open}\n             ^^^^^^^"},
		{text: "SELECT ${bad}", failure: "cell[1]:1:8: unexpected character '@' (U+0040): outside of strings and comments, write names with it in back-ticks\n  SELECT ${bad}\n         ^^^^^^"},
	} {
		_, sql, err := statementOf(t, test.text).Expand(variables)
		switch {
		case test.failure != "" && (err == nil || Explain(err) != test.failure):
			t.Errorf("%s: error\n%v\nwant\n%s", test.text, err, test.failure)
		case test.failure == "" && (err != nil || sql.Text != test.want):
			t.Errorf("%s: %q, %v; want %q", test.text, sql.Text, err, test.want)
		}
	}
}

func TestExpandedStatementIsReadAnew(t *testing.T) {
	variables := map[string]string{"query": "CREATE TABLE x (a INT)"}
	st, _, err := statementOf(t, "${query}").Expand(variables)
	if err != nil || st.Class != sqltext.SQL || st.Verb != "CREATE TABLE" || st.Text != "${query}" {
		t.Errorf("%+v, %v", st, err)
	}
}

// A position in Flink's text must map to the letters from which it comes, or to the whole ${…}
// if these belong to a variable.
func TestLocateThroughVariables(t *testing.T) {
	variables := map[string]string{"long": "aaaa.bbbb", "query": "  SELECT zz"}
	for _, test := range []struct{ text, find, want string }{
		{"/* c */ SELECT ${long}, nope FROM t", "nope", "nope"},
		{"/* c */ SELECT ${long}, nope FROM t", "SELECT", "SELECT"},
		{"SELECT ${long}, nope FROM t", "bbb", "${long}"},
		{"SELECT ${long}, nope FROM t", "bbbb, nope", "${long}, nope"},
		{"SELECT x + ${long} FROM t", "x + aaaa", "x + ${long}"},
		{"SELECT ${none:-abc}, $${ FROM t", "bc", "bc"},
		{"SELECT '$${none}', x FROM t", "x", "x"},
		{"${query}, x FROM t", "zz", "${query}"},
		{"${query}, x FROM t", "x", "x"},
	} {
		before := Generated("BEGIN\n")
		_, sql, err := statementOf(t, test.text).Expand(variables)
		if err != nil {
			t.Fatal(err)
		}
		before.Add(sql)
		at := strings.LastIndex(before.Text, test.find)
		st, span, ok := before.Locate(sqltext.Span{Start: at, End: at + len(test.find)})
		if !ok || st.Cell.Text[span.Start:span.End] != test.want {
			t.Errorf("%s in %q: %v %v, want %q", test.find, before.Text, span, ok, test.want)
		}
	}
	if _, _, ok := Generated("BEGIN").Locate(sqltext.Span{Start: 1, End: 2}); ok {
		t.Error("what nobody wrote was located")
	}
}

// Whatever a value is, it stays inside the quotes around it.
func TestValueStaysInItsQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.SampledFrom([]rune("'`\\a${}-/*;\n\"é")), 1, 12, -1).Draw(t, "value")
		variables := map[string]string{"v": value}
		for _, form := range []string{"'${v}'", "E'${v}'", "N'x${v}'", "`${v}`"} {
			st := Cell{Text: "SELECT " + form}.Statements()[0]
			_, sql, err := st.Expand(variables)
			if strings.HasPrefix(form, "`") && strings.Contains(value, "\n") {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("a line end in back-ticks: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if tokens := sqltext.Lex(sql.Text); len(tokens) != 3 || tokens[2].Open {
				t.Fatalf("%q became %q", form, sql.Text)
			}
		}
	})
}

// FuzzExpand replaces variables, and maps every position of the result back into the cell.
func FuzzExpand(f *testing.F) {
	f.Add("SELECT '${v}', `${v}` -- ${v}\n, ${w:-1}", "it's", 9, 3)
	f.Add("${v} $${v} E'${v}'", "SELECT 1", 0, 99)
	f.Add("/* 日 */ SELECT ${v}\t, x", "a.b\n", 20, 1)
	f.Fuzz(func(t *testing.T, text, value string, start, length int) {
		variables := map[string]string{"v": value}
		for _, st := range (Cell{Text: text, Name: "cell[1]"}).Statements() {
			_, sql, err := st.Expand(variables)
			var failed *Error
			if errors.As(err, &failed) && (failed.Excerpt == "" || strings.Contains(failed.Message, "\n")) {
				t.Fatalf("%q: %q is no error of one line at a place", text, Explain(err))
			}
			if err != nil || start < 0 || start > len(sql.Text) || length < 0 || length > len(sql.Text)-start {
				continue
			}
			in, span, ok := sql.Locate(sqltext.Span{Start: start, End: start + length})
			if !ok {
				continue
			}
			if whole := st.Span; span.Start < whole.Start || span.End > whole.End || span.Start > span.End || in.Text != st.Text {
				t.Fatalf("%v of %q leads to %v outside of %v in %q", start, sql.Text, span, whole, text)
			}
		}
	})
}
