package sqltext_test

import (
	"slices"
	"strings"
	"testing"

	"riffle/session/sqltext"
)

func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		"CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = 'hunter2', 'url'='x')": "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = '******', 'url'='x')",
		"SET 'fs.s3.Secret-Key'='a''b;c';":                     "SET 'fs.s3.Secret-Key'='******';",
		"SET fs.s3.secret-key = 'abc'":                         "SET fs.s3.secret-key = '******'",
		"WITH ('sasl.jaas.config' /* 'x' */ = -- y\n 'abc')":   "WITH ('sasl.jaas.config' /* 'x' */ = -- y\n '******')",
		"WITH ('a.token' = '${TOKEN}', 'b.token' = '')":        "WITH ('a.token' = '${TOKEN}', 'b.token' = '')",
		"WITH ('a.token' = 'x${TOKEN}')":                       "WITH ('a.token' = '******')",
		"WITH ('a.token' = '${TOKEN:-abc}')":                   "WITH ('a.token' = '******')",
		"SELECT * FROM t WHERE word = 'abc'":                   "SELECT * FROM t WHERE word = 'abc'",
		"SELECT * FROM users WHERE password = 'abc' AND a='b'": "SELECT * FROM users WHERE password = '******' AND a='b'",
		"WITH ('password' = 'never closed":                     "WITH ('password' = '******'",
		"func F() string { return \"password\" }":              "func F() string { return \"password\" }",
	} {
		if got := sqltext.Mask(text); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

// Masking a masked text changes nothing, and nothing outside a value changes.
func FuzzMask(f *testing.F) {
	f.Add("WITH ('password' = 'x', 'a' = 'b')")
	f.Add("SET token = 'a''b'; func F() {}")
	f.Fuzz(func(t *testing.T, text string) {
		once := sqltext.Mask(text)
		if again := sqltext.Mask(once); again != once {
			t.Errorf("%q, then %q", once, again)
		}
		if !strings.Contains(text, "'") && once != text {
			t.Errorf("%q became %q", text, once)
		}
	})
}

func TestMaskAt(t *testing.T) {
	const text = "SET 'a.token' = 'abcdefghijkl' x; SET 'b.secret' = 'y' z"
	for _, test := range []struct{ mark, want string }{
		{"SET", "SET"}, {"x", "x"}, {"z", "z"}, {"'abcdefghijkl'", "'******'"}, {"abcdefghijkl' x", "'******' x"}, {"= 'abc", "= "},
	} {
		at := strings.LastIndex(text, test.mark)
		masked, span := sqltext.NewLexed(text).MaskAt(sqltext.Span{Start: at, End: at + len(test.mark)})
		if masked != sqltext.Mask(text) || masked[span.Start:span.End] != test.want {
			t.Errorf("%s is at %q of %q, want %q", test.mark, masked[span.Start:span.End], masked, test.want)
		}
	}
	if got := sqltext.NewLexed(text).Secrets(); !slices.Equal(got, []string{"abcdefghijkl", "y"}) {
		t.Errorf("secrets %q", got)
	}
}
