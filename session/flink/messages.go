package flink

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"riffle/session/gateway"
	"riffle/session/mention"
)

// The rules that do more than replace words.

var expectedToken = regexp.MustCompile(`\n\s+(?:"([^"\n]+)"|(<[A-Z_]+>))`)

func syntax(_ *exception, found []string) gateway.Diagnosis {
	s := &gateway.Syntax{Found: unescape(found[1] + found[2])}
	if s.Found == "<EOF>" {
		s.Found = ""
	}
	for _, token := range expectedToken.FindAllStringSubmatch(found[3], -1) {
		s.Expected = append(s.Expected, token[1]+token[2])
	}
	message := "unexpected " + s.Found
	if s.Found == "" {
		message = "the statement is incomplete"
	}
	return gateway.Diagnosis{Message: message, Syntax: s}
}

var escapes = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4})+|\\['"\\]`)

// unescape decodes the escapes with which the parser prints a token: quotes and, as UTF-16
// units, all characters that are not ASCII.
func unescape(token string) string {
	return escapes.ReplaceAllStringFunc(token, func(found string) string {
		if found[1] != 'u' {
			return found[1:]
		}
		var units []uint16
		for hex := range strings.SplitSeq(found[2:], `\u`) {
			unit, _ := strconv.ParseUint(hex, 16, 16)
			units = append(units, uint16(unit))
		}
		return string(utf16.Decode(units))
	})
}

// lexical diagnoses a character with which no token begins.
func lexical(_ *exception, found []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Message: found[1] + " is not expected here"}
	if character := quotedCharacter.FindStringSubmatch(found[1]); character != nil {
		c := unescape(character[1])
		d.Message = c + " is not expected here"
		if strings.ContainsAny(c, "“”‘’«»") {
			d.Hint = "write strings in straight quotes: '…'"
		}
	}
	return d
}

// quotedCharacter matches a character as the parser prints it: "\u201c" (8220),
var quotedCharacter = regexp.MustCompile(`^"(.+)"`)

// noFunction distinguishes a function that does not exist from one that takes other arguments:
// for the latter, Flink lists the signatures.
func noFunction(_ *exception, found []string) gateway.Diagnosis {
	name, arguments, signatures := found[1], found[2], strings.Split(found[3], "\n")
	if found[3] == "" {
		return gateway.Diagnosis{Message: "there is no function " + name, Kind: gateway.FunctionName, Unknown: name}
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("%s cannot be called with (%s)", name, plainTypes(arguments)),
		Hint:    "it is " + plainSignature(signatures[0]),
	}
}

// noField diagnoses a path into a row. The validator resolves a path in an UNNEST twice. The
// second time it has lost the last part of the path, and the position.
func noField(f *exception, found []string) gateway.Diagnosis {
	if f.place() != nil {
		return gateway.Diagnosis{Message: "there is no field " + found[1] + found[2] + " in " + found[3]}
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("in UNNEST, fields of %s are accessed with the table's name", found[1]),
		Hint:    fmt.Sprintf("write %s.%s, then the field", found[3], found[1]),
	}
}

// watermarkType diagnoses a watermark, or its column, that has an unsupported type.
func watermarkType(_ *exception, found []string) gateway.Diagnosis {
	what, is := "the watermark's column", found[2]
	if found[1] == "expression" {
		what = "the watermark"
	}
	to := "TIMESTAMP(3)"
	if strings.HasPrefix(is, "TIMESTAMP_LTZ") {
		to = "TIMESTAMP_LTZ(3)"
	}
	d := gateway.Diagnosis{
		Message: fmt.Sprintf("%s is %s; it must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3", what, is), At: "WATERMARK",
		Hint: "CAST it in a column of its own: ts AS CAST(… AS " + to + "), WATERMARK FOR ts AS ts",
	}
	if found[1] == "expression" {
		d.Hint = "write WATERMARK FOR ts AS CAST(… AS " + to + ")"
	}
	return d
}

// patternKeys diagnoses a MATCH_RECOGNIZE whose PARTITION BY has an expression. Other faults of
// that class have no useful message.
func patternKeys(f *exception, _ []string) gateway.Diagnosis {
	if !strings.Contains(f.Trace, "validateMatchRecognize") {
		return gateway.Diagnosis{Message: f.innermost()}
	}
	return gateway.Diagnosis{
		Message: "PARTITION BY of MATCH_RECOGNIZE takes columns only", At: "MATCH_RECOGNIZE",
		Hint: "compute the key in a subquery first: FROM (SELECT *, … AS k FROM …) MATCH_RECOGNIZE (PARTITION BY k …)",
	}
}

var argumentName = regexp.MustCompile(`\b\w+ => `)

func plainSignature(s string) string {
	return plainTypes(strings.TrimSpace(argumentName.ReplaceAllString(s, "")))
}

// plainTypes spells types as SQL does: Calcite writes <INTEGER> and <NUMERIC>. The operators < and > stay.
func plainTypes(s string) string {
	return strings.ReplaceAll(bracketedType.ReplaceAllString(s, "$1"), "'", "")
}

var bracketedType = regexp.MustCompile(`<([A-Za-z_(][^<>]*)>`)

var calledFunction = regexp.MustCompile(`(?s)^Invalid function call:\s+([^(]+)\(`)

func wrongArgument(f *exception, found []string) gateway.Diagnosis {
	position, _ := strconv.Atoi(found[1])
	name := "the function"
	for _, c := range f.Causes {
		if called := calledFunction.FindStringSubmatch(c.message()); called != nil {
			name = called[1]
		}
	}
	want := strings.TrimSuffix(found[2], " NOT NULL")
	return gateway.Diagnosis{
		Message: fmt.Sprintf("argument %d of %s is %s, not %s", position+1, name, strings.TrimSuffix(found[3], " NOT NULL"), want),
		Hint:    fmt.Sprintf("write CAST(… AS %s)", want),
		At:      name,
	}
}

func cannotApply(_ *exception, found []string) gateway.Diagnosis {
	name, call, form := found[1], plainTypes(found[2]), plainTypes(strings.Split(found[3], "\n")[0])
	message, hint := strings.ReplaceAll(call, "RECORDTYPE", "ROW")+" does not work", form+" does"
	switch {
	case strings.Contains(call, "RECORDTYPE") && anyWord.MatchString(name): // of the table in it: all its columns
		message, hint = name+" does not take these arguments", "it takes "+form
	case strings.HasPrefix(call, name+"("):
		message, hint = fmt.Sprintf("%s does not take %s", name, strings.TrimPrefix(call, name)), "it takes "+form
	}
	switch cast := castTo(form); {
	case temporal.MatchString(call) && strings.HasPrefix(form, "NUMERIC"):
		hint = "times and dates go with intervals: … + INTERVAL '1' DAY"
	case cast != "":
		hint += ": write CAST(… AS " + cast + ")"
	}
	return gateway.Diagnosis{Message: message, Hint: hint}
}

var (
	temporal = regexp.MustCompile(`\b(?:DATE|TIME|TIMESTAMP|INTERVAL)\b`)
	anyWord  = regexp.MustCompile(`\w+`)
)

// castTo returns the type to CAST to in a form whose arguments all have the same type.
func castTo(form string) string {
	arguments := form[strings.IndexByte(form, '(')+1:]
	to := ""
	for _, word := range anyWord.FindAllString(arguments, -1) {
		cast := map[string]string{"NUMERIC": "DOUBLE", "STRING": "STRING", "CHARACTER": "STRING"}[word]
		if cast == "" || to != "" && to != cast {
			return ""
		}
		to = cast
	}
	return to
}

var expectedSignature = regexp.MustCompile(`(?s)Expected signatures are:\s+([^\n]+)`)

func invalidCall(f *exception, found []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Message: fmt.Sprintf("%s cannot be called with (%s)", found[1], strings.ReplaceAll(found[2], " NOT NULL", "")), At: found[1]}
	for _, c := range f.Causes {
		if signature := expectedSignature.FindStringSubmatch(c.Message); signature != nil {
			d.Hint = "it takes " + plainSignature(signature[1])
			if strings.Contains(signature[1], "<COMMON>") {
				d.Hint = "its arguments need one type: CAST those of another"
			}
		}
	}
	return d
}

var atPosition = regexp.MustCompile(`sink column '(.+?)' at position (\d+)`)

// insertMismatch reports which column of an INSERT does not fit.
func insertMismatch(_ *exception, found []string) gateway.Diagnosis {
	table, query, sink := found[1], columns(found[3]), columns(found[4])
	d := gateway.Diagnosis{At: table}
	if at := atPosition.FindStringSubmatch(found[2]); at != nil {
		if n, _ := strconv.Atoi(at[2]); n > 0 && n <= len(query) && n <= len(sink) {
			want := strings.TrimSuffix(sink[n-1].kind, " NOT NULL")
			d.Message = fmt.Sprintf("column %s of %s is %s, but the query returns %s", at[1], table, want, strings.TrimSuffix(query[n-1].kind, " NOT NULL"))
			d.Hint = fmt.Sprintf("write CAST(… AS %s) for column %d of the query", want, n)
			return d
		}
	}
	names := make([]string, len(sink))
	for i, c := range sink {
		names[i] = c.name
	}
	d.Message = fmt.Sprintf("%s has %d columns (%s), but the query returns %d", table, len(sink), strings.Join(names, ", "), len(query))
	if len(query) < len(sink) {
		d.Hint = fmt.Sprintf("list them: INSERT INTO %s (%s) …; the other columns are set to NULL", table, strings.Join(names[:max(len(query), 1)], ", "))
	}
	return d
}

type column struct{ name, kind string }

// columns reads "a: INT, b: ROW<c INT, d STRING>".
func columns(schema string) []column {
	var list []column
	depth, start := 0, 0
	add := func(end int) {
		if name, kind, ok := strings.Cut(strings.TrimSpace(schema[start:end]), ": "); ok {
			list = append(list, column{name, kind})
		}
	}
	for i, r := range schema {
		switch r {
		case '<', '(':
			depth++
		case '>', ')':
			depth--
		case ',':
			if depth == 0 {
				add(i)
				start = i + 1
			}
		}
	}
	add(len(schema))
	return list
}

// operators maps the planner's nodes that update rows to their names in SQL.
var operators = map[string]string{
	"GroupAggregate": "GROUP BY", "GlobalGroupAggregate": "GROUP BY", "GroupTableAggregate": "GROUP BY",
	"Join": "a join", "Rank": "a Top-N", "Deduplicate": "a deduplication", "Limit": "LIMIT", "SortLimit": "LIMIT",
	"TableSourceScan": "a source", "ChangelogNormalize": "a source",
}

func appendOnly(_ *exception, found []string) gateway.Diagnosis {
	by := operators[found[3]]
	if by == "" {
		by = found[3]
	}
	changes := map[string]string{"update": "updates", "delete": "deletes"}[found[2]]
	if changes == "" {
		changes = "updates and deletes"
	}
	return gateway.Diagnosis{
		Message: fmt.Sprintf("%s is append-only, and %s produces %s", found[1], by, changes), At: found[1],
		Hint: "use a connector that supports them, with a PRIMARY KEY (upsert-kafka, jdbc), or aggregate in windows",
	}
}

// factories maps the interfaces of Flink's factories to what they create.
var factories = map[string]string{
	"CatalogFactory": "type of catalog", "ModuleFactory": "module", "ModelProviderFactory": "provider of models",
	"DeserializationFormatFactory": "format", "SerializationFormatFactory": "format",
	"ParserFactory": "SQL dialect",
}

// ours lists identifiers that only Flink or riffle uses.
var ours = map[string]bool{"riffle": true, "python-arrow-source": true, "python-input-format": true, "legacy-csv": true}

func noFactory(_ *exception, found []string) gateway.Diagnosis {
	what := factories[found[2]]
	if what == "" {
		what = "connector"
	}
	return missing(what, found[1], words(found[3]))
}

// formats lists the formats that come with Flink, which Flink does not list itself.
var formats = []string{"csv", "json", "raw", "canal-json", "debezium-json", "maxwell-json", "ogg-json"}

func noFormat(_ *exception, found []string) gateway.Diagnosis {
	return missing("format", found[2], formats)
}

// missing diagnoses a factory that none of the available jars contains.
func missing(what, identifier string, present []string) gateway.Diagnosis {
	d := gateway.Diagnosis{Message: fmt.Sprintf("there is no %s %s here", what, identifier), At: identifier, Kind: gateway.FactoryName}
	if jar := jarOf(identifier); jar != "" {
		d.Hint = "it is in " + jar
		return d
	}
	d.Unknown = identifier
	for _, name := range present {
		if !ours[name] {
			d.Known = append(d.Known, name)
		}
	}
	d.Hint = fmt.Sprintf("Flink has %s; others need a jar: %s, ADD JAR '/path/to/the.jar', or riffle -j FILE",
		strings.Join(d.Known, ", "), mention.Command("jar GROUP:ARTIFACT:VERSION"))
	d.Jars = map[string]string{}
	for name := range jars {
		d.Known = append(d.Known, name)
		d.Jars[name] = jarOf(name)
	}
	return d
}

func missingOptions(f *exception, found []string) gateway.Diagnosis {
	options := quotedList(found[1])
	needed := "the option "
	if strings.Contains(options, ",") {
		needed = "the options "
	}
	return gateway.Diagnosis{
		Message: "it needs " + needed + options, Hint: "create it WITH (" + strings.ReplaceAll(options, ", ", " = …, ") + " = …)",
		Missing: words(found[1]), Given: f.givenOptions(),
	}
}

// needsOption is a rule about a table or catalog that does not say what it is.
func needsOption(text, option string, d gateway.Diagnosis) rule {
	return by(text, func(f *exception, _ []string) gateway.Diagnosis {
		d.Missing, d.Given = []string{option}, f.givenOptions()
		return d
	})
}

var (
	optionsHeading = regexp.MustCompile(`(?s)(?:Table|Catalog) options are:\s+(.*)`)
	givenOption    = regexp.MustCompile(`(?m)^'([^']+)'=`)
)

// givenOptions returns the keys of the options that the table or catalog has, as Flink lists them.
func (f *exception) givenOptions() []string {
	var keys []string
	for _, c := range f.Causes {
		if list := optionsHeading.FindStringSubmatch(c.Message); list != nil {
			for _, option := range givenOption.FindAllStringSubmatch(list[1], -1) {
				keys = append(keys, option[1])
			}
			break
		}
	}
	return keys
}

func quotedList(list string) string { return "'" + strings.Join(words(list), "', '") + "'" }

func unknownOption(_ *exception, found []string) gateway.Diagnosis {
	option := words(found[2])[0]
	return gateway.Diagnosis{
		Message: fmt.Sprintf("%s has no option %s", found[1], strings.ReplaceAll(quotedList(found[2]), ", ", ", nor ")), At: option,
		Kind: gateway.OptionName, Unknown: option, Known: words(found[3]),
	}
}

// wrongText diagnoses a text that is not a value of the type, in a CAST.
func wrongText(f *exception, found []string) gateway.Diagnosis {
	what := "number"
	if strings.HasSuffix(f.Causes[len(f.Causes)-1].Class, ".DateTimeException") {
		what = "date or time"
	}
	return gateway.Diagnosis{Message: fmt.Sprintf("'%s' is not a %s", found[1], what), Hint: "TRY_CAST returns NULL instead"}
}

// wrongField diagnoses a wrong value in a row of a file. The cause below it has the reason.
func wrongField(f *exception, found []string) gateway.Diagnosis {
	format := "csv"
	if slices.ContainsFunc(f.Causes, func(c cause) bool { return strings.Contains(c.Class, ".json.") }) {
		format = "json"
	}
	d := gateway.Diagnosis{
		Message: "a row of the source does not fit column " + found[1],
		Hint:    fmt.Sprintf("WITH ('%s.ignore-parse-errors' = 'true') reads such fields as NULL", format),
	}
	if reason := inputString.FindStringSubmatch(f.Causes[len(f.Causes)-1].message()); reason != nil {
		d.Message = fmt.Sprintf("a row of the source has '%s' in column %s, which does not fit its type", reason[1], found[1])
	}
	return d
}

var inputString = regexp.MustCompile(`^For input string: ['"](.*?)['"]`)

// refusedName returns a function that CREATE FUNCTION is not to make, see FunctionStatements.java.
func refusedName(_ *exception, found []string) gateway.Diagnosis {
	v := gateway.Verdict{Refusal: found[2], Other: found[3], Free: found[4]}
	if v.Other == "null" {
		v.Other = ""
	}
	if v.Free == "null" {
		v.Free = ""
	}
	message, hint := v.Explain(found[1])
	return gateway.Diagnosis{Message: message, Hint: hint, At: found[1]}
}
