package kernel_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"testing"
)

const vegaLite = "application/vnd.vegalite.v5+json"

// spec is the part of a message's chart that tests check.
type spec struct {
	Title    struct{ Text, Subtitle string }
	Data     struct{ Values []map[string]any }
	Encoding map[string]json.RawMessage
}

// chartOf reads a chart. It must have a valid PNG, and no html, which clients would show in its
// place.
func chartOf(t *testing.T, m message) spec {
	t.Helper()
	data, _ := m.content["data"].(map[string]any)
	if len(data) != 3 || m.data("text/plain") == "" {
		t.Fatalf("a chart has %d media types: %v", len(data), data)
	}
	raw, err := json.Marshal(data[vegaLite])
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	picture, err := base64.StdEncoding.DecodeString(m.data("image/png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil || len(picture) > 100_000 {
		t.Errorf("%d bytes of PNG: %v", len(picture), err)
	}
	return s
}

func isChart(m message) bool {
	data, _ := m.content["data"].(map[string]any)
	return data[vegaLite] != nil
}

func TestChartsChangeWhileOtherCellsRun(t *testing.T) {
	c := newClient(t)
	ticks(t, c)
	table := c.execute(endless + " &").of("display_data")[0].displayID()
	q := shared.Last()
	bars := c.execute("%plot kind=bar x=name y=n title='Ticks, by name'")
	bars.wantOK(t)
	hist := c.execute("%plot " + q.ID() + " hist n")
	hist.wantOK(t)
	barsID, histID := bars.picture(t).displayID(), hist.picture(t).displayID()
	if barsID == table || histID == barsID || histID == table {
		t.Errorf("one display for several: %s, %s, %s", table, barsID, histID)
	}

	running := c.request(c.shell, "execute_request", map[string]any{"code": "SELECT id FROM ticks"}) // it streams
	c.awaitShown(func(m message) bool { return m.parent.ID == running && m.Header.Type == "display_data" })
	var first float64
	late := c.awaitShown(func(m message) bool {
		if m.displayID() != barsID || len(chartOf(t, m).Data.Values) < 3 {
			return false
		}
		n := chartOf(t, m).Data.Values[0]["y"].(float64)
		if first == 0 {
			first = n
		}
		return n > first
	})
	if late.Header.Type != "update_display_data" || late.parent.ID != bars.id {
		t.Errorf("%s of %s, the chart's cell is %s", late.Header.Type, late.parent.ID, bars.id)
	}
	if s := chartOf(t, late); s.Title.Text != "Ticks, by name" || s.Title.Subtitle != q.ID()+" · running" {
		t.Errorf("%+v", s.Title)
	}
	c.awaitShown(func(m message) bool { return m.displayID() == histID })
	c.ask(c.control, "interrupt_request", map[string]any{})
	with := map[string]int{}
	for _, m := range c.finish(running).of("update_display_data") {
		if m.parent.ID == running {
			with[m.displayID()]++
		}
	}
	if with[barsID] != 1 || with[histID] != 1 {
		t.Errorf("at its end the other cell has sent %v", with)
	}

	c.execute("%cancel " + q.ID()).wantOK(t)
	ended := map[string]bool{}
	for len(ended) < 2 {
		m := c.awaitShown(func(m message) bool { return isChart(m) })
		if chartOf(t, m).Title.Subtitle == q.ID()+" · cancelled" {
			ended[m.displayID()] = true
		}
	}
}

func TestChartOfTheLastResult(t *testing.T) {
	c := newClient(t)
	c.execute("SELECT * FROM (VALUES (TIMESTAMP '2026-11-28 10:00:00', 1.5, 'tea'), (TIMESTAMP '2026-11-28 10:01:00', CAST(NULL AS DOUBLE), 'tea'), " +
		"(TIMESTAMP '2026-11-28 10:02:00', 4.5, 'coffee')) AS t(ts, price, item)").wantOK(t)
	q := shared.Last()
	r := c.execute("%plot y=price color=item")
	r.wantOK(t)
	m := r.picture(t)
	s := chartOf(t, m)
	points := map[any]string{} // the rows come in any order, and so the series
	for _, v := range s.Data.Values {
		points[v["s"]] += fmt.Sprint(v["x"], v["y"])
	}
	if len(points) != 2 || points["tea"] != "1.79586e+12 1.5" || points["coffee"] != "1.79586012e+12 4.5" {
		t.Errorf("%v", s.Data.Values)
	}
	if s.Title.Text != "price by ts" || s.Title.Subtitle != q.ID()+" · finished" {
		t.Errorf("%+v", s.Title)
	}
	if plain := m.data("text/plain"); !contains(plain, "price by ts (line chart)", "tea       1  1.5  1.5   1.5", "not shown: 1 NULL") {
		t.Errorf("%s", plain)
	}
	if r := c.execute("%plot y=item"); !contains(fmt.Sprint(r.reply["evalue"]), "item has no numbers to draw, these have: price") {
		t.Errorf("%v", r.reply)
	}
	c.execute("SELECT 1").wantOK(t)
	if r := c.execute("%plot " + q.ID() + " y=price"); !contains(fmt.Sprint(r.reply["evalue"]), "no table of "+q.ID()) {
		t.Errorf("%v", r.reply)
	}
}

// Names of columns are text in a chart: they occur only where text is shown.
func TestChartOfHostileNames(t *testing.T) {
	c := newClient(t)
	const hostile = `']+alert(1)+['`
	for _, name := range []string{hostile, `a.b["c"]`, `x\`, `\"];alert(1)//`, "datum.y", "</script><script>alert(1)</script>", "日付"} {
		c.execute("SELECT 'tea' AS item, 1.5 AS `" + name + "`").wantOK(t)
		r := c.execute("%plot bar x=item y=`" + name + "`")
		r.wantOK(t)
		s := chartOf(t, r.picture(t))
		if got := fmt.Sprint(s.Data.Values); got != "[map[x:tea y:1.5]]" || s.Title.Text != name+" by item" {
			t.Errorf("%s: %s, %+v", name, got, s.Title)
		}
		if !strings.Contains(r.picture(t).data("text/plain"), name) {
			t.Errorf("%s is not in %q", name, r.picture(t).data("text/plain"))
		}
	}
}
