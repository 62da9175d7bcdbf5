//go:build unix

package guest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

func BenchmarkCall(b *testing.B) {
	for _, rows := range []int{1, 100, 10_000} {
		numbers, words := make([]int64, rows), make([]string, rows)
		for i := range rows {
			numbers[i], words[i] = int64(i), fmt.Sprintf("product-%04d", i%10_000)
		}
		for _, bench := range []struct {
			f   Function
			arg arrow.Array
		}{{addOne, ints(numbers...)}, {upper, texts(words...)}} {
			b.Run(fmt.Sprintf("%s/%d", bench.f.Name, rows), func(b *testing.B) {
				p := start(b, Options{RowTimeout: DefaultRowTimeout})
				args := []arrow.Array{bench.arg}
				for b.Loop() {
					got, err := p.Call(b.Context(), bench.f, args, rows)
					if err != nil {
						b.Fatal(err)
					}
					got.Release()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
}

// BenchmarkDirect measures the cost of the functions without a guest.
func BenchmarkDirect(b *testing.B) {
	const rows = 10_000
	words := make([]string, rows)
	for i := range words {
		words[i] = fmt.Sprintf("product-%04d", i)
	}
	b.Run("Upper", func(b *testing.B) {
		var text []byte
		for b.Loop() {
			for _, word := range words {
				text = append(text, strings.ToUpper(word)...)
			}
			text = text[:0]
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	})
}

func BenchmarkStart(b *testing.B) {
	l := NewLauncher()
	defer l.Close()
	for b.Loop() {
		p, err := l.Start(b.Context(), program, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
