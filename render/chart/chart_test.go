package chart_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"riffle/render/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

var start = float64(time.Date(2026, 11, 28, 23, 12, 0, 0, time.UTC).UnixMilli())

// charts returns one chart of each kind.
func charts() map[string]*chart.Chart {
	line := chart.New(chart.Line)
	line.Scale, line.X, line.Y, line.Zone, line.Legend = chart.Time, "window_end", "orders", "Europe/Berlin", "item"
	for i := range 40 {
		line.Row()
		line.Add("tea", start+float64(i)*120_000, 20+10*math.Sin(float64(i)/6))
		line.Add("coffee", start+float64(i)*120_000, 25+8*math.Cos(float64(i)/5))
	}
	line.Total = 100
	bar := chart.New(chart.Bar)
	bar.Scale, bar.X, bar.Y = chart.Names, "item", "n"
	for i, item := range []string{"tea", "coffee", "cocoa", "mate"} {
		bar.AddNamed("", item, float64(12-5*i))
	}
	area := chart.New(chart.Area)
	area.X, area.Y, area.Title = "row", "price", "Prices"
	for i := range 5 {
		area.Add("", float64(i), float64(i*i)/2)
	}
	scatter := chart.New(chart.Scatter)
	scatter.X, scatter.Y = "x", "y"
	for i := range 7 {
		scatter.Add("", float64(i)/10, float64(i*3%7))
	}
	hist := chart.New(chart.Histogram)
	hist.Y = "ms"
	for i := range 9 {
		hist.Add("", 0, float64(i*i))
	}
	all := map[string]*chart.Chart{"line": line, "bar": bar, "area": area, "scatter": scatter, "hist": hist, "empty": chart.New(chart.Line)}
	for _, c := range all {
		c.Note = "q1 · running"
		c.Finish()
	}
	return all
}

func TestSpec(t *testing.T) {
	for name, c := range charts() {
		text, err := c.Spec()
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Indent(&got, text, "", " "); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", got.String()+"\n")
	}
}

func TestSummary(t *testing.T) {
	var got strings.Builder
	all := charts()
	for _, name := range []string{"line", "bar", "area", "scatter", "hist", "empty"} {
		got.WriteString(all[name].Summary() + "\n")
	}
	golden(t, "summaries.txt", got.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s", path, got)
	}
}

// fataler is a test, or a draw of values in one.
type fataler interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

func draw(t fataler, c *chart.Chart, scale float64) image.Image {
	t.Helper()
	text, err := c.PNG(scale)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 100_000 {
		t.Errorf("%d bytes", len(text))
	}
	drawn, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// pixels counts the pixels of a color in a part of a picture.
func pixels(drawn image.Image, part image.Rectangle, want color.NRGBA) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if color.NRGBAModel.Convert(drawn.At(x, y)) == want {
				n++
			}
		}
	}
	return n
}

var (
	blue   = color.NRGBA{0x4c, 0x78, 0xa8, 255}
	orange = color.NRGBA{0xf5, 0x85, 0x18, 255}
)

func TestPNG(t *testing.T) {
	all := charts()
	for name, c := range all {
		drawn := draw(t, c, 2)
		if size := drawn.Bounds().Size(); size != image.Pt(2*chart.Wide, 2*chart.High) {
			t.Errorf("%s is %v", name, size)
		}
		blues, oranges := pixels(drawn, drawn.Bounds(), blue), pixels(drawn, drawn.Bounds(), orange)
		if (blues == 0) == (name != "empty" && name != "scatter") || (oranges == 0) == (name == "line") { // scattered points shine through
			t.Errorf("%s has %d pixels of the first colour, %d of the second", name, blues, oranges)
		}
	}
	// The second of four bars is higher than the third, and the fourth hangs from the axis.
	drawn := draw(t, all["bar"], 1)
	column := func(i int) int {
		quarter := (chart.Wide - 40) / 4
		return pixels(drawn, image.Rect(40+i*quarter, 0, 40+(i+1)*quarter, chart.High), blue)
	}
	if !(column(0) > column(1) && column(1) > column(2) && column(3) > 0) {
		t.Errorf("the bars have %d, %d, %d and %d pixels", column(0), column(1), column(2), column(3))
	}
}

// A name is text wherever it is, and no part of the data's fields or of an expression.
func TestNamesAreText(t *testing.T) {
	names := rapid.OneOf(rapid.StringMatching(`[\]\['"\\+;{}.$<>&|a ]{1,12}`), rapid.SampledFrom([]string{`']+alert(1)+['`, "datum.x", `a\.b["c"]`, "日本語", "\x1b[2J\u202e", ""}))
	rapid.Check(t, func(r *rapid.T) {
		kind := rapid.SampledFrom(chart.Kinds()).Draw(r, "kind")
		c := chart.New(kind)
		c.X, c.Y, c.Legend = names.Draw(r, "x"), names.Draw(r, "y"), names.Draw(r, "legend")
		c.Title, c.Note = names.Draw(r, "title"), names.Draw(r, "note")
		c.Scale = rapid.SampledFrom([]chart.Scale{chart.Linear, chart.Time, chart.Clock, chart.Names}).Draw(r, "scale")
		for range rapid.IntRange(0, 6).Draw(r, "points") {
			if c.Scale == chart.Names {
				c.AddNamed(names.Draw(r, "series"), names.Draw(r, "name"), rapid.Float64().Draw(r, "value"))
			} else {
				c.Add(names.Draw(r, "series"), rapid.Float64Range(-1e14, 1e14).Draw(r, "at"), rapid.Float64().Draw(r, "value"))
			}
		}
		c.Finish()
		draw(r, c, 1)
		if strings.ContainsAny(c.Summary(), "\x1b\u202e") {
			r.Fatalf("%q", c.Summary())
		}
		text, err := c.Spec()
		if err != nil {
			r.Fatal(err)
		}
		var spec any
		if err := json.Unmarshal(text, &spec); err != nil {
			r.Fatal(err)
		}
		checkTexts(r, "", spec)
	})
}

// plainTexts are the places where Vega-Lite shows a text literally. A tooltip's title is not
// among them, because it becomes part of an expression.
var plainTexts = []string{
	".description", ".title.text", ".title.subtitle", ".encoding.x.title", ".encoding.y.title", ".encoding.color.title",
	".data.values[].x", ".data.values[].s",
}

// ours returns the texts in the other places.
func ours(path, text string) bool {
	if path == ".encoding.tooltip[].title" {
		return !strings.ContainsAny(text, `]['"\+;{}.$<>&|`)
	}
	return text != "" && !strings.ContainsAny(text, `\;<>&|`)
}

func checkTexts(t *rapid.T, path string, at any) {
	switch at := at.(type) {
	case map[string]any:
		for key, v := range at {
			if strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ2$") != "" {
				t.Fatalf("%s has the key %q", path, key)
			}
			checkTexts(t, path+"."+key, v)
		}
	case []any:
		for _, v := range at {
			checkTexts(t, path+"[]", v)
		}
	case string:
		if !slices.Contains(plainTexts, path) && !ours(path, at) {
			t.Fatalf("%s is %q", path, at)
		}
	}
}

// Whatever the numbers are, every way to draw them ends without an error.
func TestAnyNumbers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := chart.New(rapid.SampledFrom(chart.Kinds()).Draw(r, "kind"))
		number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1e18, 1e18 + 128, -1e300, 1e300, 5e-324, math.NaN(), math.Inf(1)}))
		n := rapid.IntRange(0, 20).Draw(r, "points")
		for range n {
			c.Add("", number.Draw(r, "x"), number.Draw(r, "y"))
		}
		c.Finish()
		draw(r, c, 1)
		if _, err := c.Spec(); err != nil {
			r.Fatal(err)
		}
		if c.Points() > n {
			r.Fatalf("%d points of %d", c.Points(), n)
		}
	})
}

func TestLimits(t *testing.T) {
	c := chart.New(chart.Bar)
	c.Scale = chart.Names
	for i := range 150 {
		c.AddNamed(fmt.Sprint("series ", i%12), fmt.Sprint("name ", i), 1)
	}
	long := strings.Repeat("long ", 20)
	c.AddNamed("series 0", long+"a", 2)
	c.AddNamed("series 0", long+"b", 3)
	c.AddNamed("series 0", long+"b", 4)
	c.Finish()
	if len(c.Series) != chart.MaxSeries || len(c.Names) != chart.MaxBars {
		t.Errorf("%d series, %d names", len(c.Series), len(c.Names))
	}
	if a, b := c.Names[chart.MaxBars-2], c.Names[chart.MaxBars-1]; a == b {
		t.Errorf("two names are shown as %q", a)
	}
	if got := c.Remarks(); !slices.Contains(got, "not shown: 24 of further series, 1 of a name that has a newer one, 28 of further names") {
		t.Errorf("%q", got)
	}
}

func BenchmarkPNG(b *testing.B) {
	for _, scale := range []float64{1, 2} {
		b.Run(fmt.Sprintf("%gx", scale), func(b *testing.B) {
			c := chart.New(chart.Line)
			c.Scale, c.Legend = chart.Time, "item"
			for i := range 666 {
				for s := range 3 {
					c.Add(fmt.Sprint(s), start+float64(i)*10_000, math.Sin(float64(i)/80+float64(s)))
				}
			}
			c.Finish()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.PNG(scale); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
