package golang

import (
	"fmt"
	"testing"
	"time"
)

func TestQuick(t *testing.T) {
	s := New(Options{CacheDir: t.TempDir()})
	defer s.Close()
	for i, text := range []string{
		"func Grade(amount float64) string {\n if amount > 900 { return \"gold\" }\n return \"plain\" }",
		"func Up(s string) string { return strings.ToUpper(s) }",
		"func Up(s string) string { return strings.ToLower(s) }",
		"func Rnd(s int) int { return rand.Intn(s) + rand.Int() }",
		"func Bad(s uint32) int { return 1 }",
		"func Bad(s int) int { return x }",
		"func Fm(s *int) (*string, error) { if s == nil { return nil, nil }; r := fmt.Sprint(*s); return &r, nil }",
	} {
		begun := time.Now()
		p, c, err := s.Define(t.Context(), Cell{Name: fmt.Sprintf("cell[%d]", i+1), Line: 1, Text: text})
		t.Log(time.Since(begun), err, c)
		if err == nil {
			for _, f := range p.Functions { t.Log(f.Signature(), f) }
		}
	}
}
