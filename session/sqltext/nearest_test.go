package sqltext

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	columns := []string{"amount", "product", "id", "ts", "Größe", "amounts"}
	for word, want := range map[string]string{
		"amout": "amount", "AMOUNT": "amount", "amuont": "amount", "prodct": "product", "grösse": "Größe", "grossse": "", "größen": "Größe",
		"i": "", "ix": "id", "tsx": "ts", "x": "", "": "", "banana": "", "amountss": "amounts",
	} {
		if got := Nearest(word, slices.Values(columns)); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestEditDistanceLaws(t *testing.T) {
	word := rapid.SliceOfN(rapid.SampledFrom([]rune("abc")), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := editDistance(a, b)
		if d != editDistance(b, a) {
			t.Fatal("not symmetric")
		}
		if (d == 0) != slices.Equal(a, b) || d > max(len(a), len(b)) || d < max(len(a)-len(b), len(b)-len(a)) {
			t.Fatalf("%s, %s: %d", string(a), string(b), d)
		}
	})
}
