package repl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"riffle/render"
	"riffle/session/complete"
)

// completer returns what the end of a line can become, and how many bytes of it
// the candidates replace.
type completer func(line string) (replaced int, candidates []complete.Candidate)

const (
	tabStop = "    "

	// explained is the number of candidates up to which each has a line with its description.
	explained = 8
	// candidateLines limits the lines of a longer list.
	candidateLines = 10
)

// tab returns the effect of Tab on the text before the cursor. If the line has only blanks so
// far, it is indented. Otherwise the text is completed up to the point where the candidates
// differ. If that adds nothing, or only a quote, the candidates are listed.
func tab(before string, completions completer, width int) (after, list string) {
	if strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == "" {
		return before + tabStop, ""
	}
	replaced, candidates := completions(before)
	if len(candidates) == 0 {
		return before, ""
	}
	kept, typed := before[:len(before)-replaced], before[len(before)-replaced:]
	if len(candidates) == 1 {
		return kept + candidates[0].Text, ""
	}
	agreed := commonPrefix(candidates)
	switch {
	case len(agreed) <= len(typed):
		return before, listed(candidates, width)
	case typed == "" && agreed == "'": // a quote alone does not help
		return kept + agreed, listed(candidates, width)
	}
	return kept + agreed, ""
}

func commonPrefix(candidates []complete.Candidate) string {
	common := candidates[0].Text
	for _, c := range candidates[1:] {
		n := 0
		for n < len(common) && n < len(c.Text) && common[n] == c.Text[n] {
			n++
		}
		common = common[:n]
	}
	for !utf8.ValidString(common) { // the texts part inside of a character
		common = common[:len(common)-1]
	}
	return common
}

// listed formats candidates: few with descriptions, many in columns, too many in part.
func listed(candidates []complete.Candidate, width int) string {
	widest := 0
	for _, c := range candidates {
		widest = max(widest, uniseg.StringWidth(render.WithoutControls(c.Text)))
	}
	var lines []string
	if len(candidates) <= explained {
		for _, c := range candidates {
			lines = append(lines, cut(fmt.Sprintf("%s  %-9s  %s", padded(c.Text, widest), c.Kind, c.Detail), width))
		}
		return strings.Join(lines, "\n")
	}
	columns := max(1, (width+1)/(widest+2))
	rows := min(candidateLines, (len(candidates)+columns-1)/columns)
	shown := min(len(candidates), rows*columns)
	for row := range rows {
		var b strings.Builder
		for i := row; i < shown; i += rows {
			b.WriteString(padded(candidates[i].Text, widest) + "  ")
		}
		lines = append(lines, cut(b.String(), width))
	}
	if left := len(candidates) - shown; left > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", left))
	}
	return strings.Join(lines, "\n")
}

func padded(text string, width int) string {
	text = render.WithoutControls(text)
	return text + strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
}

// cut returns a line that fits, without blanks at its end. The last cell stays free:
// there some terminals wrap already.
func cut(line string, width int) string {
	return cutTo(strings.TrimRight(strings.ReplaceAll(render.WithoutControls(line), "\n", " "), " "), width-1)
}
