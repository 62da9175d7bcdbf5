//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"riffle/render"
	"riffle/session/complete"
)

// The other names of a large catalog.
const (
	columnsOfTable = 10
	sqlFunctions   = 400
	flinkSettings  = 300
	connectors     = 20
)

// places are texts that end where Tab is pressed, one for each kind of place.
var places = []string{
	"", "sel", "SELECT ", "SELECT fun", "SELECT * FROM ", "SELECT * FROM table_4", "SELECT * FROM table_4999",
	"SELECT a, b, c FROM table_0001 AS x JOIN ", "INSERT INTO table_0", "DESCRIBE ", "SHOW CREATE TABLE ta", "DROP TABLE IF EXISTS t",
	"INSERT INTO table_0001 (", "SELECT * FROM table_0001 AS a JOIN table_0002 AS b ON a.", "SELECT * FROM table_0001 WHERE col",
	"SELECT 1;\nSELECT * FROM table_0007 AS t, table_0008 WHERE t.column_3 = 1 AND ", "EXECUTE STATEMENT SET BEGIN INSERT INTO table_1 SELECT * FROM ",
	"SET ", "SET 'table.option-12", "SET 'table.option-12' = ", "RESET 'tab", "SELECT '${na", "ADD JAR 'li",
	"CREATE TABLE t (", "CREATE TABLE t (id BIGINT, name STRING) WITH (", "CREATE TABLE t (id BIGINT) WITH ('connector' = ",
	"CREATE TABLE t (id BIGINT, name STRING) WITH ('connector' = 'connector-7', 'opt", "CREATE TABLE t (id BIGINT) WITH ('connector' = 'connector-7', 'option-3' = ",
	`\`, `\d ta`, `\dt `, `\explain SELECT * FROM table_0001 JOIN tab`, "func F(a int) int { ", "func F(s string) bool { return strings.", "import \"",
}

// measureCompletion times completion with many tables in the catalog. As in a shell,
// the names are in memory, so this needs no Flink.
func measureCompletion(ctx context.Context, b *bench) error {
	names := manyNames()
	rounds := b.repetitions(200)
	typed := series{Name: "riffle", Settings: fmt.Sprintf("%d places, in turns", len(places))}
	for round := range rounds + 1 { // the first warms up
		for _, text := range places {
			began := time.Now()
			complete.Complete(text, len(text), names)
			if took := time.Since(began); round > 0 {
				typed.Values = append(typed.Values, float64(took.Microseconds())/1000)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	slices.Sort(typed.Values)
	last := typed
	last.Values = []float64{typed.Values[len(typed.Values)*99/100]}
	what := fmt.Sprintf("a completion with %s tables of %d columns", render.Count(manyTables), columnsOfTable)
	b.report.add(
		row{"completion/p99", what + ", p99", milliseconds, last, nil},
		row{"completion/median", "the same, median", milliseconds, typed, nil},
	)
	return nil
}

// manyNames returns the names of a large catalog, with all columns.
func manyNames() complete.Names {
	names := complete.Names{Catalog: "default_catalog", Database: "default_database", Columns: map[string][]complete.Entry{}}
	for i := range manyTables {
		table := fmt.Sprintf("table_%04d", i)
		names.Tables = append(names.Tables, table)
		for j := range columnsOfTable {
			names.Columns[table] = append(names.Columns[table], complete.Entry{Name: fmt.Sprintf("column_%d", j), Detail: "BIGINT"})
		}
	}
	for i := range sqlFunctions {
		names.Functions = append(names.Functions, complete.Entry{Name: fmt.Sprintf("function_%d", i)})
	}
	for i := range flinkSettings {
		names.Settings = append(names.Settings, complete.Option{Key: fmt.Sprintf("table.option-%d", i), Type: "duration", Default: "1 s", About: "what it is for"})
	}
	for i := range connectors {
		f := complete.Factory{Kind: complete.Connector, Name: fmt.Sprintf("connector-%d", i)}
		for j := range columnsOfTable {
			f.Options = append(f.Options,
				complete.Option{Key: fmt.Sprintf("option-%d", j), Type: "boolean"}, complete.Option{Key: fmt.Sprintf("fields.#.option-%d", j), Type: "text"})
		}
		names.Factories = append(names.Factories, f)
	}
	members := []complete.GoName{}
	for i := range sqlFunctions {
		members = append(members, complete.GoName{Entry: complete.Entry{Name: fmt.Sprintf("Member%d", i)}, Kind: complete.GoFunc})
	}
	names.Go = complete.GoNames{Packages: map[string][]string{"strings": {"strings"}}, Members: map[string][]complete.GoName{"strings": members}}
	names.Commands = []complete.CommandEntry{
		{Names: []string{`\d`}, Arguments: []complete.Argument{{Kind: complete.Relation}}},
		{Names: []string{`\dt`}, Arguments: []complete.Argument{{Kind: complete.TableName}}},
		{Names: []string{`\explain`}, Arguments: []complete.Argument{{Kind: complete.SQL}}, Rest: true},
	}
	return names
}
