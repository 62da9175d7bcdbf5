package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"riffle/session/sqltext"
)

// explainable lists the statements that EXPLAIN takes, besides queries.
var explainable = []string{"INSERT", "UPDATE", "DELETE", "EXECUTE", "EXECUTE STATEMENT SET", "CREATE TABLE", "REPLACE TABLE"}

// compiledFor matches the words before the statement from which a plan is compiled.
var compiledFor = regexp.MustCompile(`(?is)^\s*COMPILE\s+(AND\s+EXECUTE\s+)?PLAN\s+'[^']*'(\s+IF\s+NOT\s+EXISTS)?\s+FOR\s+`)

// explained returns the part of a statement that EXPLAIN takes. The error is that the statement
// has no plan.
func explained(text string) (string, error) {
	text = compiledFor.ReplaceAllString(text, "")
	statements := sqltext.Split(text)
	if len(statements) != 1 || statements[0].Class != sqltext.SQL {
		return text, nil // Flink's error says what is wrong with it
	}
	switch st := statements[0]; {
	case st.Verb == "EXECUTE PLAN":
		return "", errors.New("EXPLAIN takes no compiled plan: explain the statement that it was compiled from")
	case !st.Query() && !slices.Contains(explainable, st.Verb):
		return "", fmt.Errorf("%s has no plan: queries, INSERT, CREATE TABLE … AS and statement sets have one", st.Verb)
	}
	return text, nil
}
