package chart

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"riffle/render"
)

// at is a place on a canvas, in CSS pixels.
type at struct{ x, y float64 }

// canvas is drawn on in CSS pixels, of which each is a square of scale pixels of the image.
type canvas struct {
	image  *image.RGBA
	scale  float64
	shapes *vector.Rasterizer
	cover  *image.Alpha          // how much of each pixel shapes cover, in the last fill
	faces  map[float64]font.Face // by size
	font   *opentype.Font
}

func newCanvas(width, height int, scale float64) (*canvas, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("the font of charts: %w", err)
	}
	bounds := image.Rect(0, 0, int(float64(width)*scale), int(float64(height)*scale))
	c := &canvas{
		image: image.NewRGBA(bounds), scale: scale,
		shapes: vector.NewRasterizer(bounds.Dx(), bounds.Dy()), cover: image.NewAlpha(bounds),
		faces: map[float64]font.Face{}, font: parsed,
	}
	draw.Draw(c.image, bounds, image.White, image.Point{}, draw.Src)
	return c, nil
}

// rectangle fills whole pixels, so that its edges are sharp.
func (c *canvas) rectangle(from, to at, col color.NRGBA) {
	round := func(v float64) int { return int(math.Round(v * c.scale)) }
	r := image.Rect(round(from.x), round(from.y), round(to.x), round(to.y))
	draw.Draw(c.image, r.Canon(), image.NewUniform(col), image.Point{}, draw.Over)
}

// rule draws a line along an axis, one CSS pixel wide.
func (c *canvas) rule(from, to at, col color.NRGBA) {
	if from.x == to.x {
		to.x++
	} else {
		to.y++
	}
	c.rectangle(from, to, col)
}

// polygon adds a shape, which the next fill fills together with those that were added before
// it.
func (c *canvas) polygon(corners ...at) {
	if area(corners) < 0 { // shapes that turn the other way would cancel where they overlap
		for i, j := 0, len(corners)-1; i < j; i, j = i+1, j-1 {
			corners[i], corners[j] = corners[j], corners[i]
		}
	}
	for i, p := range corners {
		x, y := float32(p.x*c.scale), float32(p.y*c.scale)
		if i == 0 {
			c.shapes.MoveTo(x, y)
		} else {
			c.shapes.LineTo(x, y)
		}
	}
	c.shapes.ClosePath()
}

func area(corners []at) float64 {
	sum := 0.0
	for i, p := range corners {
		q := corners[(i+1)%len(corners)]
		sum += p.x*q.y - q.x*p.y
	}
	return sum
}

// disc adds a filled circle.
func (c *canvas) disc(center at, radius float64) {
	const corners = 12
	var around [corners]at
	for i := range around {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		around[i] = at{center.x + radius*cos, center.y + radius*sin}
	}
	c.polygon(around[:]...)
}

// line adds a line through points.
func (c *canvas) line(points []at, width float64) {
	for i, p := range points {
		if i > 0 {
			q := points[i-1]
			length := math.Hypot(p.x-q.x, p.y-q.y)
			if length == 0 {
				continue
			}
			dx, dy := (p.y-q.y)/length*width/2, (q.x-p.x)/length*width/2
			c.polygon(at{q.x + dx, q.y + dy}, at{p.x + dx, p.y + dy}, at{p.x - dx, p.y - dy}, at{q.x - dx, q.y - dy})
		}
		if i > 0 && i < len(points)-1 {
			c.disc(p, width/2)
		}
	}
}

// fill colors the shapes that were added. Most of the image is not covered: blending only the
// covered part takes a quarter of the time that the rasterizer takes to blend everything.
func (c *canvas) fill(col color.NRGBA) {
	c.shapes.DrawOp = draw.Src
	c.shapes.Draw(c.cover, c.cover.Rect, image.Opaque, image.Point{})
	size := c.shapes.Size()
	c.shapes.Reset(size.X, size.Y)
	for i, covered := range c.cover.Pix {
		if covered == 0 {
			continue
		}
		share := uint32(covered) * uint32(col.A) / 255
		p := c.image.Pix[4*i : 4*i+3 : 4*i+3]
		for k, v := range [3]uint8{col.R, col.G, col.B} {
			p[k] = uint8((uint32(p[k])*(255-share) + uint32(v)*share + 127) / 255)
		}
	}
}

func (c *canvas) face(size float64) font.Face {
	if c.faces[size] == nil {
		// NewFace fails only for unknown options, and these are known.
		c.faces[size], _ = opentype.NewFace(c.font, &opentype.FaceOptions{Size: size * c.scale, DPI: 72})
	}
	return c.faces[size]
}

// width returns the width of a text.
func (c *canvas) width(text string, size float64) float64 {
	return float64(font.MeasureString(c.face(size), text)) / 64 / c.scale
}

// fit cuts a text to a width in CSS pixels.
func (c *canvas) fit(text string, size, most float64) string {
	short := text
	for columns := maxTitle; c.width(short, size) > most && columns > 1; columns-- {
		short = render.Clip(text, columns)
	}
	return short
}

// The fraction of a text's extent that lies before its position.
const (
	starts  = 0.0
	centred = 0.5
	ends    = 1.0
)

// text writes a line whose vertical middle is at the place.
func (c *canvas) text(text string, place at, anchor, size float64, col color.NRGBA) {
	mask := c.mask(text, size)
	r := mask.Bounds()
	r = r.Add(image.Pt(int(place.x*c.scale-anchor*float64(r.Dx())), int(place.y*c.scale)-r.Dy()/2))
	draw.DrawMask(c.image, r, image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}

// turned writes a line from the bottom to the top, whose horizontal middle is at the place.
func (c *canvas) turned(text string, place at, anchor, size float64, col color.NRGBA) {
	flat := c.mask(text, size)
	w, h := flat.Rect.Dx(), flat.Rect.Dy()
	mask := image.NewAlpha(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			mask.Pix[(w-1-x)*mask.Stride+y] = flat.Pix[y*flat.Stride+x]
		}
	}
	r := mask.Rect.Add(image.Pt(int(place.x*c.scale)-h/2, int(place.y*c.scale-(1-anchor)*float64(w))))
	draw.DrawMask(c.image, r, image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}

// mask renders a text as coverage.
func (c *canvas) mask(text string, size float64) *image.Alpha {
	face := c.face(size)
	m := face.Metrics()
	width := font.MeasureString(face, text).Ceil()
	mask := image.NewAlpha(image.Rect(0, 0, width, m.Ascent.Ceil()+m.Descent.Ceil()))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: face, Dot: fixed.P(0, m.Ascent.Ceil())}
	d.DrawString(text)
	return mask
}

// hasLetters reports whether the font of the PNG has all letters of texts. It writes a box for one
// that it lacks.
func hasLetters(texts []string) bool {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return false
	}
	var b sfnt.Buffer
	for _, text := range texts {
		for _, r := range text {
			if index, err := parsed.GlyphIndex(&b, r); err != nil || index == 0 {
				return false
			}
		}
	}
	return true
}

// paletted reduces an image to one byte per pixel, which takes a quarter of the bytes and needs
// no search for the best filter. Colors that are hard to distinguish become one.
func paletted(from *image.RGBA, exact []color.Color) *image.Paletted {
	const bits = 5 // number of bits of a channel that are used
	key := func(r, g, b uint8) int { return int(r>>(8-bits))<<(2*bits) | int(g>>(8-bits))<<bits | int(b>>(8-bits)) }
	var index [1 << (3 * bits)]uint16 // the index in the palette plus one
	to := image.NewPaletted(from.Rect, make(color.Palette, 0, 256))
	add := func(k int, c color.Color) uint16 {
		if len(to.Palette) < cap(to.Palette) {
			to.Palette = append(to.Palette, c)
			index[k] = uint16(len(to.Palette))
		} else {
			index[k] = uint16(to.Palette.Index(c)) + 1
		}
		return index[k]
	}
	for _, c := range exact {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		add(key(n.R, n.G, n.B), c)
	}
	for i := range to.Pix {
		p := from.Pix[4*i : 4*i+3 : 4*i+3]
		k := key(p[0], p[1], p[2])
		place := index[k]
		if place == 0 {
			place = add(k, color.RGBA{p[0], p[1], p[2], 255})
		}
		to.Pix[i] = uint8(place - 1)
	}
	return to
}
