package statement_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session/flink/dist"
	"riffle/session/flink/jvm"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// noStatements are the nodes of the grammar that are parts of statements, and those for which
// it has no syntax.
var noStatements = []string{
	"ddl.SqlDistribution",
	"ddl.SqlTableColumn$SqlComputedColumn",
	"ddl.SqlTableColumn$SqlMetadataColumn",
	"ddl.SqlTableColumn$SqlRegularColumn",
	"ddl.SqlTableOption",
	"ddl.SqlWatermark",
	"ddl.catalog.SqlAlterCatalog", // the parser makes its subclasses
	"ddl.constraint.SqlTableConstraint",
	"ddl.materializedtable.SqlCreateMaterializedTable", // it makes SqlCreateOrAlterMaterializedTable
	"ddl.position.SqlTableColumnPosition",
	"ddl.resource.SqlResource",
	"ddl.table.SqlTableLike",
	"ddl.view.SqlAlterViewProperties", // no syntax
	"dml.SqlStatementSet",             // inside EXECUTE, EXPLAIN and COMPILE PLAN
}

// The table has an example of every node that Flink's own parser can make of a
// statement.
func TestEveryNodeOfTheGrammarHasAnExample(t *testing.T) {
	flink, err := dist.Find(t.Context(), dist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	javac, err := jvm.FindJavac()
	if err != nil {
		t.Fatal(err)
	}
	var input strings.Builder
	for _, st := range statements() {
		input.WriteString(st.Text + "\x00")
	}
	java := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(javac), "java"), "-XX:TieredStopAtLevel=1",
		"-cp", strings.Join(flink.ClassPath, string(filepath.ListSeparator)), filepath.Join("testdata", "Nodes.java"))
	java.Stdin = strings.NewReader(input.String())
	out, err := java.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	missing := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		missing[line] = true
		if !slices.Contains(noStatements, line) {
			t.Errorf("no example makes this of Flink's parser: %s", line)
		}
	}
	for _, node := range noStatements {
		if !missing[node] {
			t.Errorf("%s is a statement after all", node)
		}
	}
}

// statements returns the statements of all examples and of their setups.
func statements() []sqltext.Statement {
	var all []sqltext.Statement
	for _, section := range statement.Sections() {
		text := section.Setup + "\n" + section.Background + "\n"
		for _, kind := range section.Kinds {
			for _, form := range kind.Forms {
				text += form.Example + "\n"
			}
		}
		for _, st := range sqltext.Split(text) {
			unquoted := st.Verb == "SET" && !strings.Contains(st.Text, "'") // is no matter of the grammar
			if st.Class == sqltext.SQL && !unquoted {
				all = append(all, st)
			}
		}
	}
	return all
}

// A kind's example begins with the kind's verb, so that the classifier and the
// table speak of the same.
func TestExamplesAreOfTheirKind(t *testing.T) {
	for _, kind := range statement.Kinds() {
		for _, form := range kind.Forms {
			found := false
			for _, st := range sqltext.Split(form.Example) {
				found = found || st.Verb == kind.Verb || st.Verb == "DESCRIBE" && kind.Verb == "DESC"
			}
			if !found {
				t.Errorf("%s: its example is none: %s", kind.Verb, form.Example)
			}
		}
		if len(kind.Forms) == 0 {
			t.Errorf("%s has no example", kind.Verb)
		}
	}
}
