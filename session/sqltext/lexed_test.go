package sqltext

import (
	"slices"
	"testing"
)

// A text that is put together from statements has the tokens that it would have if it were
// lexed.
func TestAppendedTextHasItsTokens(t *testing.T) {
	set := NewLexed("EXECUTE STATEMENT SET BEGIN\n")
	for _, s := range Split("INSERT INTO a SELECT 'é' -- c\n;/* b */ INSERT INTO `b` SELECT 1") {
		set.Append(s.Lexed())
		set.Append(NewLexed(";\n"))
	}
	set.Append(NewLexed("END"))
	if want := Lex(set.Text); !slices.Equal(set.Tokens, want) {
		t.Errorf("%v, want %v", set.Tokens, want)
	}
	if span, found := set.Find("b"); !found || set.Text[span.Start:span.End] != "`b`" {
		t.Errorf("b is found at %v", span)
	}
	if got := slices.Collect(set.Slice(Span{28, len(set.Text)}).Names()); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names %q", got)
	}
}

// A slice has the tokens of its span, cut where the span cuts them.
func TestSlice(t *testing.T) {
	whole := NewLexed("SELECT abc, 'it''s' FROM t")
	for _, test := range []struct {
		span Span
		want []string
	}{
		{Span{0, 6}, []string{"SELECT"}},
		{Span{7, 10}, []string{"abc"}},
		{Span{8, 14}, []string{"bc", ",", " ", "'i"}},
		{Span{20, 99}, []string{"FROM", " ", "t"}},
		{Span{9, 9}, nil},
	} {
		part := whole.Slice(test.span)
		var got []string
		for _, t := range part.Tokens {
			got = append(got, part.Word(t))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v: %q, want %q", test.span, got, test.want)
		}
	}
}
