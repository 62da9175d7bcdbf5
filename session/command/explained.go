package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"riffle/session/sqltext"
)

// explainable are the statements that EXPLAIN takes, beside queries.
var explainable = []string{"INSERT", "UPDATE", "DELETE", "EXECUTE", "EXECUTE STATEMENT SET", "CREATE TABLE", "REPLACE TABLE"}

// compiledFor is what stands before the statement that a plan is compiled from.
var compiledFor = regexp.MustCompile(`(?is)^\s*COMPILE\s+(AND\s+EXECUTE\s+)?PLAN\s+'[^']*'(\s+IF\s+NOT\s+EXISTS)?\s+FOR\s+`)

// explained is what EXPLAIN takes of a statement; the error is that it has no plan.
func explained(text string) (string, error) {
	text = compiledFor.ReplaceAllString(text, "")
	statements := sqltext.Split(text)
	if len(statements) != 1 || statements[0].Class != sqltext.SQL {
		return text, nil // Flink says what is wrong with it
	}
	switch st := statements[0]; {
	case st.Verb == "EXECUTE PLAN":
		return "", errors.New("EXPLAIN takes no compiled plan: explain the statement that it was compiled from")
	case !st.Query() && !slices.Contains(explainable, st.Verb):
		return "", fmt.Errorf("%s has no plan: queries, INSERT, CREATE TABLE … AS and statement sets have one", st.Verb)
	}
	return text, nil
}
