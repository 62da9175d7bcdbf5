package spec

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The logo is water over a stone bed: waves in white on a round, blue-green ground.
const (
	logoSize   = 64.0 // of the drawing
	logoRadius = 30.0
	waveHeight = 4.0
	waveLength = 28.0
	waveWidth  = 4.5
)

var (
	ground = color.NRGBA{0x0b, 0x72, 0x85, 0xff}
	waves  = [...]float64{21, 32, 43} // where they lie
)

// logos returns the files of the logo, in the sizes that clients need.
func logos() map[string][]byte {
	return map[string][]byte{
		"logo-32x32.png": logoPNG(32), "logo-64x64.png": logoPNG(64), "logo-svg.svg": logoSVG(),
	}
}

// logoPNG draws the logo, with several samples per pixel.
func logoPNG(size int) []byte {
	const samples = 4
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			inside, white := 0, 0
			for i := range samples * samples {
				at := func(p, k int) float64 { return (float64(p) + (float64(k)+0.5)/samples) * logoSize / float64(size) }
				px, py := at(x, i%samples), at(y, i/samples)
				if math.Hypot(px-logoSize/2, py-logoSize/2) > logoRadius {
					continue
				}
				inside++
				for _, wave := range waves {
					if math.Abs(py-wave-waveHeight*math.Sin(2*math.Pi*px/waveLength)) < waveWidth/2 {
						white++
					}
				}
			}
			if inside == 0 {
				continue
			}
			mix := func(c uint8) uint8 { return uint8((int(c)*(inside-white) + 0xff*white) / inside) }
			picture.SetNRGBA(x, y, color.NRGBA{mix(ground.R), mix(ground.G), mix(ground.B), uint8(0xff * inside / (samples * samples))})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		panic(err) // of a picture in memory, into memory
	}
	return out.Bytes()
}

func logoSVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[1]g">`+"\n", logoSize)
	fmt.Fprintf(&b, `<clipPath id="c"><circle cx="%[1]g" cy="%[1]g" r="%[2]g"/></clipPath>`+"\n", logoSize/2, logoRadius)
	fmt.Fprintf(&b, `<circle cx="%[1]g" cy="%[1]g" r="%[2]g" fill="#%02[3]x%02[4]x%02[5]x"/>`+"\n", logoSize/2, logoRadius, ground.R, ground.G, ground.B)
	for _, wave := range waves {
		fmt.Fprintf(&b, `<polyline clip-path="url(#c)" fill="none" stroke="#fff" stroke-width="%g" points="`, waveWidth)
		for x := 0.0; x <= logoSize; x += 2 {
			fmt.Fprintf(&b, "%.0f,%.1f ", x, wave+waveHeight*math.Sin(2*math.Pi*x/waveLength))
		}
		b.WriteString(`"/>` + "\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
