package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Sizes in pixels. The width of a character is 0.6 of the font size.
const (
	fontSize  = 14.0
	cellWidth = 0.6 * fontSize
	cellHigh  = 19.0
	margin    = 18.0
	title     = 30.0

	paper = "#161b22"
	ink   = "#d8dee9"
)

// picture returns the screen as a window.
func picture(screen *vt.SafeEmulator) []byte {
	var b bytes.Buffer
	width, height := 2*margin+columns*cellWidth, title+margin+float64(lines)*cellHigh
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %[1]g %[2]g">
<title>riffle: a stream as one table, a Go function in Flink</title>
<style>text{font:%gpx ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}</style>
<rect width="100%%" height="100%%" rx="9" fill="%s"/>
<circle cx="22" cy="18" r="6" fill="#ff5f57"/><circle cx="42" cy="18" r="6" fill="#febc2e"/><circle cx="62" cy="18" r="6" fill="#28c840"/>
`, width, height, fontSize, paper)
	for y := range lines {
		for x := 0; x < columns; {
			x += run(&b, screen, x, y)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// run draws the characters of the same style that begin at a cell, and returns how many cells
// they take.
func run(b *bytes.Buffer, screen *vt.SafeEmulator, x, y int) (cells int) {
	style := styleAt(screen, x, y)
	var text strings.Builder
	for x+cells < columns {
		if next := styleAt(screen, x+cells, y); !style.Equal(&next) {
			break
		}
		cell := screen.CellAt(x+cells, y)
		if cell == nil || cell.Content == "" {
			text.WriteByte(' ')
			cells++
			continue
		}
		text.WriteString(cell.Content)
		cells += max(1, cell.Width)
	}
	fore, back := hex(style.Fg, ink), hex(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		fore, back = hex(style.Bg, paper), hex(style.Fg, ink)
	}
	left, top, length := margin+float64(x)*cellWidth, title+float64(y)*cellHigh, float64(cells)*cellWidth
	if back != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top+2, length, cellHigh, back)
	}
	if strings.TrimSpace(text.String()) == "" {
		return cells
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s" xml:space="preserve"`, left, top+16, length, fore)
	if style.Attrs&uv.AttrBold != 0 {
		b.WriteString(` font-weight="bold"`)
	}
	if style.Attrs&uv.AttrFaint != 0 {
		b.WriteString(` opacity="0.6"`)
	}
	b.WriteString(">")
	_ = xml.EscapeText(b, []byte(text.String())) // a Buffer takes all
	b.WriteString("</text>\n")
	return cells
}

func styleAt(screen *vt.SafeEmulator, x, y int) uv.Style {
	if cell := screen.CellAt(x, y); cell != nil {
		return cell.Style
	}
	return uv.Style{}
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
