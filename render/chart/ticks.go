package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// tick is a mark on an axis.
type tick struct {
	at    float64
	label string
	below string // on a second line, such as the day of a time
}

// span returns the minimum and maximum of a value of points; two zeros if there are no points.
func span(points []Point, of func(Point) float64) (low, top float64) {
	for i, p := range points {
		if v := of(p); i == 0 {
			low, top = v, v
		} else {
			low, top = min(low, v), max(top, v)
		}
	}
	return low, top
}

// niceStep returns the least of 1, 2 and 5 times a power of ten that is not below at.
func niceStep(at float64) float64 {
	at = max(at, 1/maxNumber)
	power := math.Pow(10, math.Floor(math.Log10(at)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= at*(1-1e-9) {
			return times * power
		}
	}
	return 10 * power
}

// numberTicks marks an axis at round numbers, approximately about of them, and widens it to the
// first and last mark.
func numberTicks(low, top float64, about int) (ticks []tick, from, to float64) {
	if low == top { // a single value gets some extent
		pad := max(math.Abs(low)/10, 0.5)
		if math.Trunc(low) == low && math.Abs(low) < 10 {
			pad = 1
		}
		low, top = low-pad, top+pad
	}
	step := niceStep((top - low) / float64(about))
	first, last := math.Floor(low/step+1e-9), math.Ceil(top/step-1e-9)
	most := max(math.Abs(first*step), math.Abs(last*step))
	for n := first; n <= last && len(ticks) < 4*about; n++ {
		ticks = append(ticks, tick{at: n * step, label: numberLabel(n*step, step, most)})
	}
	return ticks, first * step, last * step
}

// numberLabel formats a number on an axis with a step. most is the greatest number on the axis.
func numberLabel(v, step, most float64) string {
	if math.Abs(v) < step/2 {
		return "0"
	}
	switch {
	case most >= 1e15 || most < 1e-5:
		return strconv.FormatFloat(v, 'g', 6, 64)
	case most >= 1e9:
		return plainLabel(v/1e9, step/1e9) + "G"
	case most >= 1e6:
		return plainLabel(v/1e6, step/1e6) + "M"
	}
	return plainLabel(v, step)
}

// plainLabel writes a number with the digits that a step needs: 12,500 or 0.25.
func plainLabel(v, step float64) string {
	digits := int(min(12, max(0, -math.Floor(math.Log10(step)+1e-9))))
	text := strconv.FormatFloat(math.Abs(v), 'f', digits, 64)
	whole, rest, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	if v < 0 {
		whole = "−" + whole
	}
	return whole
}

// timeStep is a distance between marks on a time axis, in months or milliseconds.
type timeStep struct {
	months int
	millis float64
	format string
	below  string // what its labels omit
	vega   string // format, for Vega
}

const (
	second = 1000.0
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	month  = 30 * day
	year   = 365 * day
)

// timeSteps returns the steps up to months, the finest first. Longer steps are years.
func timeSteps() []timeStep {
	var steps []timeStep
	add := func(unit float64, format, vega string, times ...float64) {
		for _, n := range times {
			steps = append(steps, timeStep{millis: n * unit, format: format, below: time.DateOnly, vega: vega})
		}
	}
	add(1, "15:04:05.000", "%H:%M:%S.%L", 1, 2, 5, 10, 20, 50, 100, 200, 500)
	add(second, "15:04:05", "%H:%M:%S", 1, 2, 5, 10, 15, 30)
	add(minute, "15:04", "%H:%M", 1, 2, 5, 10, 15, 30)
	add(hour, "15:04", "%H:%M", 1, 2, 3, 6, 12)
	for _, n := range []float64{1, 2, 7, 14} {
		steps = append(steps, timeStep{millis: n * day, format: "Jan 2", below: "2006", vega: "%b %-d, %Y"})
	}
	for _, n := range []int{1, 3, 6} {
		steps = append(steps, timeStep{months: n, millis: float64(n) * month, format: "Jan", below: "2006", vega: "%b %Y"})
	}
	return steps
}

// timeTicks marks an axis of milliseconds at round times within it, approximately about of
// them. Times of day have no days.
func timeTicks(low, top float64, about int, ofDay bool) []tick {
	step := timeStepFor((top - low) / float64(about))
	var ticks []tick
	below := ""
	for at := step.first(low); float64(at.UnixMilli()) <= top && len(ticks) < 4*about; at = step.next(at) {
		t := tick{at: float64(at.UnixMilli()), label: at.Format(step.format)}
		if text := at.Format(step.below); text != below && !ofDay {
			t.below, below = text, text
		}
		ticks = append(ticks, t)
	}
	return ticks
}

func timeStepFor(least float64) timeStep {
	for _, s := range timeSteps() {
		if s.millis >= least {
			return s
		}
	}
	years := max(1, int(niceStep(least/year)))
	return timeStep{months: 12 * years, millis: float64(years) * year, format: "2006", vega: "%Y"}
}

// first returns the first round time that is not before low.
func (s timeStep) first(low float64) time.Time {
	at := time.UnixMilli(int64(math.Ceil(low))).UTC()
	if s.months == 0 {
		return time.UnixMilli(int64(math.Ceil(low/s.millis) * s.millis)).UTC()
	}
	months := 12*at.Year() + int(at.Month()) - 1
	round := time.Date(0, time.Month(months/s.months*s.months+1), 1, 0, 0, 0, 0, time.UTC)
	if round.Before(at) {
		return s.next(round)
	}
	return round
}

func (s timeStep) next(at time.Time) time.Time {
	if s.months > 0 {
		return at.AddDate(0, s.months, 0)
	}
	return at.Add(time.Duration(s.millis) * time.Millisecond)
}
