package command

import (
	"slices"
	"testing"
)

func TestRepeatedCalls(t *testing.T) {
	isFunction := func(name string) bool { return name != "CAST" }
	for _, c := range []struct {
		plan string
		want []string
	}{
		{"GoCalc [+I]  select=[Up(id) AS f0, Up(id) AS f1, Up(Up(id)) AS f2]", nil},
		{"GoCalc [+I]  select=[Coin(id) AS f0, Coin(id) AS f1]", nil}, // the copies of one call
		{"GoCalc [+I]  select=[Coin(id) AS f0, Coin#2(id) AS f1, Coin#3(n) AS f2, Up(Coin#2(id)) AS f3]",
			[]string{"Coin(id) is called 2 times a row: it is not deterministic, so each call in the text is made"}},
		{"GoCalc  select=[Up(id) AS a]\n└─ Calc  select=[id], where=[>(f0, 1)]\n   └─ GoCalc  select=[id, Up(id) AS f0]",
			[]string{"Up(id) is called in more than one operator: call it in a subquery that all of them read, if it is slow"}},
		{"Join\n├─ GoCalc  select=[Up(id) AS a]\n└─ GoCalc  select=[Up(id) AS a]", nil},
	} {
		if got := repeatedCalls(c.plan, isFunction); !slices.Equal(got, c.want) {
			t.Errorf("%s\n\tgot  %q\n\twant %q", c.plan, got, c.want)
		}
	}
}
