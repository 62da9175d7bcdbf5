package theme

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// luminance returns the luminance as defined by WCAG 2.
func luminance(c color.Color) float64 {
	part := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every color of a theme is readable on its background, and no style of the theme without
// colors has one.
func TestThemesCanBeRead(t *testing.T) {
	for r := range roles {
		for name, background := range map[Name]color.Color{Dark: ansi.RGBColor{R: 0x1e, G: 0x1e, B: 0x1e}, Light: ansi.RGBColor{R: 0xff, G: 0xff, B: 0xff}} {
			s, err := parse(StyleOf(name, r))
			if err != nil {
				t.Fatalf("%s of %s: %v", table[r].name, name, err)
			}
			if s.text != nil && contrast(s.text, background) < 4.5 {
				t.Errorf("%s of %s has a contrast of %.1f to its background", table[r].name, name, contrast(s.text, background))
			}
		}
		if s, err := parse(StyleOf(None, r)); err != nil || s.text != nil || s.backdrop != nil {
			t.Errorf("%s of none: %+v, %v", table[r].name, s, err)
		}
		if table[r].name == "" || table[r].is == "" {
			t.Errorf("role %d has no name", r)
		}
	}
}

func TestStylesOnTerminals(t *testing.T) {
	for _, c := range []struct{ text, full, of256, of16, none string }{
		{"", "", "", "", ""},
		{"bold", "1", "1", "1", "1"},
		{"red", "31", "31", "31", ""},
		{"Bright-Blue on white", "94;47", "94;47", "94;47", ""},
		{"bold 208", "1;38;5;208", "1;38;5;208", "1;91", "1"},
		{"underline #ff8800 on #000000", "4;38;2;255;136;0;48;2;0;0;0", "4;38;5;208;48;5;16", "4;91;40", "4"},
	} {
		s, err := parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		for profile, want := range map[colorprofile.Profile]string{
			colorprofile.TrueColor: c.full, colorprofile.ANSI256: c.of256, colorprofile.ANSI: c.of16, colorprofile.ASCII: c.none,
		} {
			if got := s.codes(profile); got != want {
				t.Errorf("%q on %s: %q, want %q", c.text, profile, got, want)
			}
		}
	}
}

func TestWrongStyles(t *testing.T) {
	for text, want := range map[string]string{
		"gren":      "gren is not a color: did you mean green?",
		"blod":      "blod is not a color: did you mean bold?",
		"256":       "256 is not a color: use one of black, red",
		"#12345":    "#12345 is not a color: write # and six digits",
		"#12345g":   "#12345g is not a color: write # and six digits",
		"red blue":  "blue is a second color: write the background color after on",
		"red on":    "a color is missing after on",
		"on red on": "on is not a color",
	} {
		if _, err := parse(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestChoice(t *testing.T) {
	var c Choice
	if dark, light := c.On(colorprofile.ANSI256, true), c.On(colorprofile.ANSI256, false); dark == light ||
		dark[Keyword] != "1;38;5;75" || light[Keyword] != "1;38;5;25" {
		t.Errorf("auto is %q on dark and %q on light", dark, light)
	}
	for _, set := range []error{c.Set("Light"), c.SetStyle("keyword", "underline red"), c.SetStyle("string", "")} {
		if set != nil {
			t.Fatal(set)
		}
	}
	before := c
	if err := c.SetStyle("keyword", "blue"); err != nil {
		t.Fatal(err)
	}
	got := before.On(colorprofile.ANSI256, true)
	if got[Keyword] != "4;31" || got[String] != "" || got[Number] != "38;5;24" {
		t.Errorf("with styles of one's own: %q", got)
	}
	if got := c.On(colorprofile.ANSI256, true)[Keyword]; got != "34" {
		t.Errorf("the last style is %q", got)
	}
	if err := c.SetStyle("keywrd", "red"); err == nil || err.Error() != "there is no role keywrd: did you mean keyword?" {
		t.Errorf("keywrd: %v", err)
	}
	if err := c.Set("solarized"); err == nil {
		t.Error("there is a theme solarized")
	}
}

// A valid style has the codes of one sequence and nothing else, and text without a style is not
// changed.
func TestPaintIsOneSequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []string
		words(func(w string) bool { all = append(all, w); return true })
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(append(all, "on", "7", "208", "#a0b1c2"))).Draw(t, "words"), " ")
		s, err := parse(text)
		if err != nil {
			return
		}
		codes := s.codes(rapid.SampledFrom([]colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor}).Draw(t, "profile"))
		if strings.Trim(codes, "0123456789;") != "" {
			t.Fatalf("%q has the codes %q", text, codes)
		}
		got, want := Theme{Keyword: codes}.Paint(Keyword, "SELECT"), "\x1b["+codes+"mSELECT\x1b[0m"
		if codes == "" {
			want = "SELECT"
		}
		if got != want {
			t.Fatalf("%q is painted %q", text, got)
		}
	})
}
