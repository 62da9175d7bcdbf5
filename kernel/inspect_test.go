package kernel_test

import (
	"fmt"
	"testing"
	"time"
)

func TestCursorsAreInCodePoints(t *testing.T) {
	c := newClient(t)
	code := "%echo 🍵é\n%canc"
	answer := c.ask(c.shell, "complete_request", map[string]any{"code": code, "cursor_pos": len([]rune(code))})
	if fmt.Sprint(answer["matches"]) != "[%cancel]" || answer["cursor_start"] != 9.0 || answer["cursor_end"] != 14.0 {
		t.Errorf("%v", answer)
	}
	inspected := c.ask(c.shell, "inspect_request", map[string]any{"code": "-- 🍵\n%echo x", "cursor_pos": 7})
	if inspected["found"] != true {
		t.Errorf("%v", inspected)
	}
	beyond := c.ask(c.shell, "complete_request", map[string]any{"code": "é", "cursor_pos": 99})
	if beyond["status"] != "ok" {
		t.Errorf("%v", beyond)
	}
}

func TestInspect(t *testing.T) {
	c := newClient(t)
	c.execute("// Half is a half.\nfunc Half(x float64) float64 { return x / 2 }\nCREATE TEMPORARY TABLE IF NOT EXISTS seen (id BIGINT, name STRING) WITH ('connector' = 'datagen');").wantOK(t)
	if err := shared.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(wait); ; {
		if catalog, _ := shared.Place(); catalog != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the catalog is not read")
		}
	}
	for code, want := range map[string][]string{
		"SELECT half(":          {"Half(DOUBLE) → DOUBLE", "Half is a half."},
		"SELECT * FROM seen":    {"BIGINT", "name"},
		"DESCRIBE":              {"DESCRIBE"},
		"SELECT date_format(":   {"DATE_FORMAT(<TIMESTAMP>, <CHARACTER>)"},
		"SELECT CAST":           {"CAST(<ANY> AS <TYPE>)"},
		"SELECT current_date":   {"CURRENT_DATE"},
		"SELECT half(1 + (2), ": {"Half(DOUBLE) → DOUBLE"},
		"SELECT half(nowhere":   {"Half(DOUBLE) → DOUBLE"},
	} {
		answer := c.ask(c.shell, "inspect_request", map[string]any{"code": code, "cursor_pos": len(code)})
		if answer["found"] != true || !contains(answer["data"].(map[string]any)["text/plain"].(string), want...) {
			t.Errorf("%s: %v", code, answer)
		}
	}
	if answer := c.ask(c.shell, "inspect_request", map[string]any{"code": "nowhere", "cursor_pos": 3}); answer["found"] != false || answer["status"] != "ok" {
		t.Errorf("%v", answer)
	}
	for _, code := range []string{"Half?", "?Half", "%page Half"} {
		r := c.execute(code)
		if r.wantOK(t); !contains(fmt.Sprint(r.reply["payload"]), "source:page", "Half(DOUBLE)") {
			t.Errorf("%s: %v", code, r.reply)
		}
	}
	if r := c.execute("nowhere?"); r.reply["status"] != "error" || !contains(r.reply["evalue"].(string), "no help for nowhere") {
		t.Errorf("%v", r.reply)
	}
}
