package sqltext

import (
	"iter"
	"unicode"
)

// Nearest returns the candidate that the user most likely meant by word, or "" if none is near. Case is
// ignored. At most two letters may be missing, extra, wrong or swapped, and only one in a word of up to
// four letters, since two would turn any short word into any other. Among equally near candidates the
// first wins.
func Nearest(word string, candidates iter.Seq[string]) string {
	from := folded(word)
	limit := 2
	switch {
	case len(from) < 2:
		limit = 0
	case len(from) <= 4:
		limit = 1
	}
	nearest := ""
	for candidate := range candidates {
		to := folded(candidate)
		if len(to) == 0 || max(len(from)-len(to), len(to)-len(from)) > limit {
			continue
		}
		if d := editDistance(from, to); d <= limit {
			nearest = candidate
			if limit = d - 1; limit < 0 {
				break
			}
		}
	}
	return nearest
}

func folded(word string) []rune {
	runes := []rune(word)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return runes
}

// editDistance counts insertions, deletions, substitutions and swaps of neighbors (optimal
// string alignment). It keeps only the last three rows of the table.
func editDistance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
