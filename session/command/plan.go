package command

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"riffle/render"
)

var (
	// planLine is an operator of a plan: its place in the tree, its name, its attributes.
	planLine = regexp.MustCompile(`^((?:[: ]  )*(?:[:+]- )?)(\w+)\((.*)\)$`)
	planMode = regexp.MustCompile(`(?:, )?changelogMode=\[([^\]]*)\]`)
	// planNoise matches attributes that mean nothing to the author of the statement.
	planNoise = regexp.MustCompile(`(?:, )?(?:(?:leftInputSpec|rightInputSpec|type)=\[[^\]]*\]|table=\[\[[^\]=]*\]\])`)
	planTable = regexp.MustCompile(`\btable=\[\[(?:default_catalog, default_database, )?([^\]=]*?)(?:\]|, \w+=)`)
	planBars  = strings.NewReplacer(":- ", "├─ ", "+- ", "└─ ", ":  ", "│  ")
)

// drawPlan draws the physical plan in the text of EXPLAIN CHANGELOG_MODE as a tree, with one
// operator per line and the kinds of changes that it emits. A text without a plan is returned
// unchanged.
func drawPlan(text string) string {
	_, plan, found := strings.Cut(text, "== Optimized Physical Plan ==\n")
	if !found {
		return strings.TrimRight(text, "\n")
	}
	plan, _, _ = strings.Cut(plan, "\n\n==") // a statement set has a tree for each sink
	var lines []string
	kinds := map[string]bool{}
	for line := range strings.SplitSeq(plan, "\n") {
		lines = append(lines, drawOperator(line, kinds))
	}
	if legend := planLegend(kinds); legend != "" {
		lines = append(lines, "", legend)
	}
	return strings.Join(lines, "\n")
}

func drawOperator(line string, kinds map[string]bool) string {
	found := planLine.FindStringSubmatch(line)
	if found == nil {
		return planBars.Replace(line)
	}
	indent, name, attributes := planBars.Replace(found[1]), found[2], found[3]
	name = cmp.Or(flinksOperators[name], name)
	if table := planTable.FindStringSubmatch(attributes); table != nil {
		name += " " + strings.ReplaceAll(table[1], ", ", ".")
	}
	if mode := planMode.FindStringSubmatch(attributes); mode != nil {
		var signs []string
		for kind := range strings.SplitSeq(mode[1], ",") {
			kinds[kind] = true
			if sign, ok := planKinds[kind]; ok {
				signs = append(signs, sign)
			}
		}
		if len(signs) > 0 {
			name += " [" + strings.Join(signs, " ") + "]"
		}
	}
	attributes = planNoise.ReplaceAllString(planMode.ReplaceAllString(attributes, ""), "")
	attributes = strings.TrimPrefix(attributes, ", ")
	if attributes != "" {
		attributes = "  " + attributes
	}
	return indent + name + attributes
}

// plannedText matches a text or a binary value in a plan. A quote in it is doubled.
var plannedText = regexp.MustCompile(`(_UTF-16LE|\bX)'((?:[^']|'')*)'`)

// plannedCharacters is the number of characters that a plan shows of a text.
const plannedCharacters = 60

// shortenTexts shortens the texts in a plan. Flink computes constants when it plans, and REPEAT('x', 20000) is
// then a text of 20,000 characters.
func shortenTexts(plan string) string {
	return plannedText.ReplaceAllStringFunc(plan, func(literal string) string {
		parts := plannedText.FindStringSubmatch(literal)
		text := []rune(strings.ReplaceAll(parts[2], "''", "'"))
		if len(text) <= plannedCharacters {
			return literal
		}
		shown := strings.ReplaceAll(string(text[:plannedCharacters]), "'", "''")
		return fmt.Sprintf("%s'%s…' (%s)", parts[1], shown, render.Counted(len(text), "character"))
	})
}

// planKinds are Flink's names of row kinds in plans.
var planKinds = map[string]string{"I": "+I", "UB": "-U", "UA": "+U", "D": "-D"}

// planLegend explains the kinds of changes in a plan, unless all of them are inserts.
func planLegend(kinds map[string]bool) string {
	var parts []string
	for kind, text := range map[string]string{
		"UB": "-U a row before its update", "UA": "+U a row after its update", "D": "-D a deleted row",
	} {
		if kinds[kind] {
			parts = append(parts, text)
		}
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return ""
	}
	return "+I a new row, " + strings.Join(parts, ", ")
}
