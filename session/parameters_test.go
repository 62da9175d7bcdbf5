package session_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/parameter"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// setParameters does what the command does.
func setParameters(t *testing.T, text string) error {
	t.Helper()
	given, err := parameter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return shared.SetParameters(t.Context(), given)
}

func wantRow(t *testing.T, sql, want string) {
	t.Helper()
	if got := sessiontest.Drain(t, run(t, sql).Events); !slices.Equal(got.Table, []string{want}) {
		t.Errorf("%s: got %q (%v), want %q", sql, got.Table, got.Ended.Err, want)
	}
}

func TestParametersInSQL(t *testing.T) {
	hostile := `it's "a" \n; %x ${day} --` + "\nключ 🙂"
	text, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	if err := setParameters(t, "p_text="+string(text)+` p_n=5 p_on=true p_ids=[1,2.5] p_words=["a'b","",null] p_object={"k":"<v>"} p_none=1`); err != nil {
		t.Fatal(err)
	}
	wantRow(t, "SELECT '${p_text}', ${p_n} + 1, ${p_on}, 2.5 IN (${p_ids}), ARRAY[${p_words}], '${p_object}'",
		hostile+` 6 true true ["a'b","",null] {"k":"<v>"}`)
	if err := setParameters(t, "p_none=null"); err != nil {
		t.Fatal(err)
	}
	wantRow(t, "SELECT '${p_none:-gone}'", "gone")
	if _, err := execute(t, "SELECT ${p_none}", query.ProgressOnly); err == nil || !strings.Contains(err.Error(), "there is no variable p_none") {
		t.Errorf("%v", err)
	}
}

// What Go declares keeps its type, and a constant without a type its kind, whatever the
// value's is. Functions of before use the new value, too.
func TestParametersInGo(t *testing.T) {
	run(t, `type PTariff struct { Rate float64; Names []string }
func Parametrised() string { return fmt.Sprint(pLimit*2.5, " ", pRate, " ", pDay, " ", pIDs, " ", *pMaybe, " ", pTariff, " ", pWait, " ", pOn) }
const ( pLimit = 3; pOther = 4 )
const pOn bool = false
var pRate, pUnused = 0.5, 1
var ( pDay = "none"; pIDs []int64; pMaybe = new(string) )
var pTariff PTariff
var pWait time.Duration
const ( kLimit = 900; kRate = 0.5; kOn = false; kName = "n" )
var kCount int64 = 1
func Kinds() string { return fmt.Sprintf("%T %v %T %v %T %v %T %v %d", kLimit, kLimit*2, kRate, kRate, kOn, kOn, kName, kName, kCount) }`)
	if err := setParameters(t, `pLimit=2 pRate=1 pDay="a\"\n${x}" pIDs=[9007199254740993] pMaybe="x" pTariff={"Rate":2,"Names":["n"]} pWait=1000 pOn=true pElse=7 `+
		`kLimit="950" kRate="2.5" kOn="true" kName=7 kCount="-3"`); err != nil {
		t.Fatal(session.Explain(err))
	}
	wantRow(t, "SELECT Parametrised(), ${pElse}, '${pRate}', Kinds(), ${kLimit}", "5 1 a\"\n${x} [9007199254740993] x {2 [n]} 1µs true 7 1 "+
		"int 1900 float64 2.5 bool true string 7 -3 950")
	run(t, "func Parametrised() float64 { return pLimit * pOther }; func KTwice() int64 { return 2 * kLimit }")
	wantRow(t, "SELECT Parametrised()", "8")
	if err := setParameters(t, `kLimit="many"`); err == nil {
		t.Error("a text was accepted for a number")
	}
}

// One that cannot be set sets none.
func TestParametersThatDoNotFit(t *testing.T) {
	run(t, `func PFits(n int) int { return n + pCount }
const pFixed = "x"
var pCount, pMap = 1, map[string]int{}`)
	misfits := []struct{ text, part string }{
		{`pNew=1 pCount="many"`, `cannot use "many"`},
		{`pNew=1 pFixed=[1]`, "declare it with var"},
		{`pNew=1 pMap={"a":"b"}`, "parameter pMap: json: cannot unmarshal string"},
		{`pNew=1 PFits=5`, "PFits is a func in Go"},
		{`pNew=1 pCount=1.5`, "truncated"},
		{`pNew=1 pCount=null`, "cannot use nil"},
	}
	for _, misfit := range misfits[:sample.Of(4, len(misfits))] { // a number is one kind
		if err := setParameters(t, misfit.text); err == nil || !strings.Contains(session.Explain(err), misfit.part) {
			t.Errorf("%s: %v", misfit.text, err)
		}
	}
	if value, ok := shared.Variables()["pNew"]; ok {
		t.Errorf("pNew is %s", value)
	}
	wantRow(t, "SELECT PFits(1)", "2")
}
