package chart

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	start := float64(time.Date(2026, 11, 28, 23, 12, 7, 0, time.UTC).UnixMilli())
	charts := map[string]*Chart{}
	mk := func(name string, k Kind, fill func(c *Chart)) {
		c := New(k)
		c.Note, c.X, c.Y = "q1 · running", "x", "n"
		fill(c)
		c.Total = int64(c.rows)
		c.Finish()
		charts[name] = c
	}
	mk("line", Line, func(c *Chart) {
		c.Scale, c.X = Time, "window_end (Europe/Berlin)"
		c.Legend = "item"
		for i := range 600 {
			c.Row()
			for s := range 3 {
				c.Add([]string{"tea", "coffee", "珈琲 \x1b"}[s], start+float64(i)*10000, math.Sin(float64(i)/80+float64(s))*1e6)
			}
		}
	})
	mk("bars", Bar, func(c *Chart) {
		c.Scale, c.X, c.Legend = Names, "item", "column"
		for i := range 9 {
			c.AddNamed("n", fmt.Sprintf("item number %d", i), float64(i*i)-5)
			c.AddNamed("total", fmt.Sprintf("item number %d", i), float64(i*7))
		}
	})
	mk("bar", Bar, func(c *Chart) {
		c.Scale, c.X = Names, "item"
		for i := range 5 {
			c.AddNamed("", fmt.Sprintf("it%d", i), float64(i*i)+0.25)
		}
	})
	mk("area", Area, func(c *Chart) {
		c.Scale, c.X = Time, "ts"
		for i := range 40 {
			c.Add("", start+float64(i)*3600e3, 10+math.Sin(float64(i)/8)*12)
		}
	})
	mk("scatter", Scatter, func(c *Chart) {
		c.X = "price"
		for i := range 2000 {
			c.Add("", float64(i%97)*1.5, float64((i*7919)%1009)/1e3+float64(i%97)/100)
		}
	})
	mk("hist", Histogram, func(c *Chart) {
		for i := range 5000 {
			c.Add("", 0, math.Sin(float64(i))*math.Cos(float64(i)*1.7)*250)
		}
	})
	mk("empty", Line, func(c *Chart) {})
	for name, c := range charts {
		for range 3 {
			began := time.Now()
			b, err := c.PNG(2)
			if err != nil {
				t.Fatal(err)
			}
			spec, _ := c.Spec()
			fmt.Println(name, len(b), time.Since(began), len(spec))
			os.WriteFile("/tmp/chartlab/"+name+".png", b, 0o644)
			os.WriteFile("/tmp/chartlab/"+name+".json", spec, 0o644)
		}
		fmt.Println(c.Summary())
	}
}
