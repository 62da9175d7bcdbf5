package parameter

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	got, err := Parse(`day="a b=\"c\"" n=-1.50e3 on=true none=null ids=[1, "x"]` + "\t" + `o={"k": [2]}`)
	want := []Parameter{
		{"day", `a b="c"`}, {"n", json.Number("-1.50e3")}, {"on", true}, {"none", nil},
		{"ids", []any{json.Number("1"), "x"}}, {"o", map[string]any{"k": []any{json.Number("2")}}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	for text, part := range map[string]string{
		"5":          "is not of the form name=value",
		"a-b=5":      "is not of the form name=value",
		"a = 5":      "is not of the form name=value",
		"a=":         "the value of a is no JSON: it ends too early",
		`a="x`:       "the value of a is no JSON: it ends too early",
		"a=word":     `a text has quotes, as in a="text"`,
		`a="x"b=5`:   "follows the value of a without a blank",
		"a=1 b=2 a3": "is not of the form name=value",
		"a=1 a=2":    "a is given twice",
	} {
		if all, err := Parse(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %+v, %v", text, all, err)
		}
	}
}
