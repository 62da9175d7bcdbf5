package command_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/command"
	"riffle/session/mention"
)

func TestPlotIsRead(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		field("item", arrow.BinaryTypes.String, "STRING"),
		field("at", arrow.FixedWidthTypes.Timestamp_ms, "TIMESTAMP(3)"),
		field("n", arrow.PrimitiveTypes.Int64, "BIGINT"),
		field("per cent", arrow.PrimitiveTypes.Float64, "DOUBLE"),
		field("']+alert(1)+['", arrow.PrimitiveTypes.Float64, "DOUBLE"),
	}, nil)
	for _, test := range []struct {
		typed string
		shell bool
		want  string // kind, title, X, Y, color; or what is wrong
	}{
		{typed: "", want: "{bar  0 [4] -1}"},
		{typed: "x=at", want: "{line  1 [4] -1}"},
		{typed: "bar item n", want: "{bar  0 [2] -1}"},
		{typed: "LINE n", want: "{line  0 [2] -1}"},
		{typed: "n", want: "{bar  0 [2] -1}"},
		{typed: "kind=area x=at y=n,`per cent` color=ITEM", want: "{area  1 [2 3] 0}"},
		{typed: "scatter n `per cent`", want: "{scatter  2 [3] -1}"},
		{typed: "line at n,`per cent`", want: "{line  1 [2 3] -1}"},
		{typed: `y="per cent" title='Of a hundred, it''s'`, want: "{bar Of a hundred, it's 0 [3] -1}"},
		{typed: "hist x=n", want: "{hist  -1 [2] -1}"},
		{typed: "y=`']+alert(1)+['`", want: "{bar  0 [4] -1}"},
		{typed: "y=']+alert(1)+['", want: "{bar  0 [4] -1}"},
		{typed: "y=`per cent", want: "y=: the quote of `per cent is not closed: put a name that contains quotes in back-ticks"},
		{typed: "y=", want: "y=: a value is missing"},
		{typed: "y=n,", want: "y=: a value is missing"},
		{typed: "x=item,at", want: "x= takes one value; put a value with a comma in quotes"},
		{typed: "y=n y=n", want: "y= is given twice"},
		{typed: "item n x=at", want: "the columns X and Y are known without item"},
		{typed: "bar item n at", want: "a chart has one column X and one Y; of several Y, y= takes a list: y=a,b"},
		{typed: "y=item", want: "item has no numbers to draw, these have: n, per cent, ']+alert(1)+['"},
		{typed: "y=nope", want: "there is no column nope: the columns are item, at, n, per cent, ']+alert(1)+['"},
		{typed: "q99 y=n", want: `no table of q99: %queries lists the running queries, and the last result is kept too`},
		{typed: "kind=pie", want: "there is no kind pie here: the kinds are line, bar, area, scatter, hist"},
		{typed: "hist y=n color=item", want: "a histogram has one column of numbers, and no color="},
		{typed: "area n", shell: true, want: "there is no kind area here: the kinds are bar, line, hist"},
	} {
		front := command.Notebook
		if test.shell {
			front = command.Shell
		}
		c, err := command.ChartOf(env(t, front), test.typed, schema)
		got := fmt.Sprint(c)
		if err != nil {
			got = mention.Write(err.Error(), "%")
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.typed, got, test.want)
		}
	}
	if _, err := command.ChartOf(env(t, command.Notebook), "", arrow.NewSchema(schema.Fields()[:2], nil)); err == nil || !strings.Contains(err.Error(), "no column of numbers") {
		t.Errorf("%v", err)
	}
}
