package sqltext

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// shown writes tokens as kind:text, without blanks; an open token gets a *.
func shown(text string) []string {
	var list []string
	for _, t := range Lex(text) {
		if t.Kind == Space {
			continue
		}
		open := ""
		if t.Open {
			open = "*"
		}
		list = append(list, t.Kind.String()+open+":"+text[t.Span.Start:t.Span.End])
	}
	return list
}

func TestLexKinds(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"SELECT a.b, `c d`", []string{"keyword:SELECT", "identifier:a", "operator:.", "identifier:b", "operator:,", "quoted identifier:`c d`"}},
		{"'it''s' E'a\\'b' U&'x' x'1F' _utf8'é'", []string{"string:'it''s'", `string:E'a\'b'`, "string:U&'x'", "string:x'1F'", "string:_utf8'é'"}},
		{"a /* c */ -- d", []string{"identifier:a", "comment:/* c */", "comment:-- d"}},
		{"/*+ STATE_TTL('a'='1d') */", []string{"hint:/*+", "identifier:STATE_TTL", "operator:(", "string:'a'", "operator:=", "string:'1d'", "operator:)", "hint:*/"}},
		{"x 'open", []string{"identifier:x", "string*:'open"}},
		{"x `open\ny", []string{"identifier:x", "quoted identifier*:`open", "identifier:y"}},
		{"x /* open", []string{"identifier:x", "comment*:/* open"}},
		{`\timing on ; `, []string{`command line:\timing on`, "semicolon:;"}},
		{"var x = `;` // c\nSELECT 1;", []string{"keyword:var", "identifier:x", "operator:=", "string:`;`", "comment:// c", "keyword:SELECT", "number:1", "semicolon:;"}},
		{"var x int8 = 'a' + 0x1F; func", []string{"keyword:var", "identifier:x", "identifier:int8", "operator:=", "string:'a'", "operator:+", "number:0x1F", "semicolon:;", "keyword:func"}},
		{"const r = `a\r\nb` /* x\r\n */\n", []string{"keyword:const", "identifier:r", "operator:=", "string:`a\r\nb`", "comment:/* x\r\n */"}},
		{byteOrderMark + "END" + byteOrderMark, []string{"keyword:END", "invalid:" + byteOrderMark}},
	} {
		if got := shown(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%q\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}

// TestLexLikeFlink compares with the recorded answers of Flink 2.3.0's own
// token manager, see testdata/RecordTokens.java.
func TestLexLikeFlink(t *testing.T) {
	file, err := os.Open("testdata/flink-tokens.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unescape := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t")
	lines := 0
	for scan := bufio.NewScanner(file); scan.Scan(); lines++ {
		fields := strings.Split(scan.Text(), "\t")
		for i := range fields {
			fields[i] = unescape.Replace(fields[i])
		}
		text, want := fields[0], fields[1:]
		got, faulty := flinkTokens(text)
		if faulty {
			// Flink may continue after an open quote. Up to there, both agree.
			if len(want) <= len(got) {
				t.Errorf("%q: a fault after %q, but Flink finds only %q", text, got, want)
				continue
			}
			want = want[:len(got)]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\n  got %q\nFlink %q", text, got, want)
		}
	}
	if lines < 400 {
		t.Errorf("only %d texts compared", lines)
	}
}

// flinkTokens returns the tokens that Flink would make, up to the first fault.
func flinkTokens(text string) (tokens []string, faulty bool) {
	for pos := 0; pos < len(text); {
		token := scanSQL(text, pos)
		pos = token.Span.End
		switch {
		case token.Open || token.Kind == Invalid:
			return tokens, true
		case token.Kind != Space && token.Kind != Comment:
			tokens = append(tokens, text[token.Span.Start:pos])
		}
	}
	return tokens, false
}

func TestKeywords(t *testing.T) {
	for word, want := range map[string][2]bool{ // keyword, reserved
		"select": {true, true}, "Watermark": {true, true}, "catalog": {true, false},
		"timestamp_ltz": {true, true}, "amount": {false, false}, "größe": {false, false},
		strings.Repeat("A", 200): {false, false},
	} {
		if got := [2]bool{IsKeyword(word), IsReserved(word)}; got != want {
			t.Errorf("%s: keyword, reserved = %v, want %v", word, got, want)
		}
	}
	for word := range Keywords() {
		if !IsKeyword(strings.ToLower(word)) {
			t.Errorf("%s is listed but not found: longer than longestWord?", word)
		}
	}
}

// seeds are the texts that every fuzz target starts from.
var seeds = []string{
	"SELECT 1 &\nSELECT 2 & ;",
	"", ";", " \n-- c\n", "SELECT 1;", "select 'a;b' , `c;d` -- e;f\n; select 2",
	"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; SELECT 1;",
	"BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;",
	"func F(a string) struct{ x int } {\n\treturn `;}` + \"\\\"}\" // };\n}\nSELECT F('x');",
	"var (\n\tx = ';'\n\ty = []int{1,\n2}\n); type T struct{}\nimport \"fmt\"",
	"func f() int\n{ return 1 }", "func f() { foo( }", "var x = `open\n;", "var x = 1 /* open",
	`\timing on; x` + "\nquit;help me\nclear", "SET 'a' = 'it''s'; SET a.b=c; RESET",
	"SELECT E'\\'', U&'x', _utf8'y', 1.e5, .5 /*+ h */ /***/", "SELCT 1; \xff\x00 ‘a’ \"b;c\"",
	byteOrderMark + "SELECT 日本, 한, '👩‍👩‍👧'\r\n\tFROM\rt", "const c = 'a", "func \r\n // c\r\n", "func//\r0", "type T\xff struct",
}

func FuzzLex(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, token := range Lex(text) {
			if token.Span.Start != at || token.Span.End <= at {
				t.Fatalf("token %v does not continue at %d in %q", token, at, text)
			}
			at = token.Span.End
		}
		if at != len(text) {
			t.Fatalf("tokens end at %d of %d in %q", at, len(text), text)
		}
	})
}

func BenchmarkLex(b *testing.B) {
	text := strings.Repeat("SELECT o.product AS p, COUNT(*) AS n, 'it''s' FROM orders AS o -- all\n"+
		"WHERE o.amount >= 12.5 AND `ts` < CURRENT_TIMESTAMP GROUP BY o.product;\n", 100_000/142)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Lex(text)
	}
}

func BenchmarkSplitGo(b *testing.B) {
	text := strings.Repeat("func Grade(amount float64) string {\n\tif amount > 900 { return \"gold\" }\n\treturn \"plain\"\n}\nSELECT Grade(amount) FROM orders;\n", 100_000/124)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Split(text)
	}
}
