package flink

import (
	"fmt"
	"regexp"
	"strings"

	"riffle/session/gateway"
)

// settingRules are about settings, and about wrong values of a table's options.
var settingRules = []rule{
	by(`Could not parse value '(.*)' for key '(.+?)'\.`, wrongValue),
	on(`Unsupported value '(.+?)' for (?:option )?'?([\w.-]+?)'?\. Supported values are \[(.+?)\]`, gateway.Diagnosis{
		Message: "'$1' is not a value of $2", Hint: "use one of $3"}),
	on(`Parallelism must be at least one`, gateway.Diagnosis{
		Message: "the parallelism is too low", Hint: "use 1 or more, or -1 for the default"}),
	on(`no protocol: (.*)$`, gateway.Diagnosis{
		Message: "'$1' in 'pipeline.jars' or 'pipeline.classpaths' is not a URL", Hint: "RESET 'pipeline.jars', RESET 'pipeline.classpaths', and use ADD JAR '/path/to/the.jar'"}),
	on(`Invalid time zone\. (.*)`, gateway.Diagnosis{
		Message: "'$1' is not a time zone", At: "$1", Hint: zoneHint}),
	on(`No enum constant \S*SqlDialect\.`, gateway.Diagnosis{
		Message: "Flink has no such SQL dialect", Hint: "use default"}),
	on(`Unsupported mode '(\w+)' for 'execution\.runtime-mode'`, gateway.Diagnosis{
		Message: "'$1' is not a value of execution.runtime-mode", Hint: runtimeModeHint}),
	on(`MiniBatch Latency must be greater than 0 ms`, gateway.Diagnosis{
		Message: "'table.exec.mini-batch.enabled' needs a latency", Hint: miniBatchHint}),
	on(`Key: 'table\.exec\.mini-batch\.size' .*must be > 0`, gateway.Diagnosis{
		Message: "'table.exec.mini-batch.enabled' needs a size", Hint: miniBatchHint}),
}

const (
	zoneHint      = "use a name such as 'Europe/Berlin' or 'UTC', or an offset such as 'GMT+03:00'"
	miniBatchHint = "SET 'table.exec.mini-batch.allow-latency' = '1 s' and SET 'table.exec.mini-batch.size' = '1000', or RESET 'table.exec.mini-batch.enabled'"
	folderHint    = "use the URL of a folder, such as 'file:///path/to/folder'"
	jarsHint      = "use URLs of files that exist, such as 'file:///path/to/the.jar', or ADD JAR '/path/to/the.jar'"
)

// valueHints say which values options of type text can have, by the current and by older keys.
var valueHints = map[string]string{
	"state.backend.type":                       backendHint,
	"state.backend":                            backendHint,
	"state.backend.rocksdb.predefined-options": "use DEFAULT, SPINNING_DISK_OPTIMIZED, SPINNING_DISK_OPTIMIZED_HIGH_MEM or FLASH_SSD_OPTIMIZED",
	"state.backend.rocksdb.options-factory":    "use the name of a class in a jar of the session",
	"state.backend.rocksdb.localdir":           "use an absolute path",
	"state.changelog.enabled":                  "it needs the jar flink-statebackend-changelog: ADD JAR '/path/to/the.jar'",
	"execution.checkpointing.storage":          storageHint,
	"state.checkpoint-storage":                 storageHint,
	"execution.checkpointing.dir":              folderHint,
	"state.checkpoints.dir":                    folderHint,
	"execution.checkpointing.savepoint-dir":    folderHint,
	"state.savepoints.dir":                     folderHint,
	"restart-strategy.type":                    restartHint,
	"restart-strategy":                         restartHint,
	"pipeline.jars":                            jarsHint,
	"pipeline.classpaths":                      jarsHint,
	"execution.runtime-mode":                   runtimeModeHint,
}

const (
	runtimeModeHint = "use streaming or batch"

	backendHint = "use hashmap or rocksdb, or the name of a class in a jar of the session"
	storageHint = "use jobmanager or filesystem, or the name of a class in a jar of the session"
	restartHint = "use none, fixed-delay, exponential-delay or failure-rate"
)

var (
	oneOf = regexp.MustCompile(`Expected one of: \[+(.*?)\]`)
	// possible matches the values of an option as connectors list them.
	possible = regexp.MustCompile(`(?i)(?:supported|available|valid|allowed|possible) (?:values|options|identifiers|modes)[^:\[]*(?:are|is)?:?\s*\[+(.+?)\]`)
	// bounds matches the numbers that an option can have as Flink writes them.
	bounds = regexp.MustCompile(` (must be .+?)\.?$`)
)

// wrongValue diagnoses a wrong value of an option or a setting.
func wrongValue(f *exception, found []string) gateway.Diagnosis {
	value, key := found[1], found[2]
	d := gateway.Diagnosis{Message: fmt.Sprintf("'%s' is not a value of %s", value, key), At: key}
	reason := f.Causes[len(f.Causes)-1]
	text := reason.message()
	switch options := oneOf.FindStringSubmatch(text); {
	case valueHints[key] != "":
		d.Hint = valueHints[key]
	case options != nil:
		d.Hint = "use one of " + options[1]
	case possible.MatchString(text):
		d.Hint = "use one of " + strings.ReplaceAll(possible.FindStringSubmatch(text)[1], "'", "")
	case strings.HasPrefix(text, "Unrecognized option for boolean"):
		d.Hint = "use true or false"
	case strings.Contains(text, "ISO-8601 duration"), strings.HasPrefix(text, "Time interval unit label"):
		d.Hint = "use a time such as 500 ms, 10 s, 5 min, 1 h or 1 d"
	case strings.Contains(text, "Memory size unit"), strings.Contains(text, "does not start with a number"):
		d.Hint = "use a size such as 64 kb, 16 mb or 1 gb"
	case strings.HasSuffix(reason.Class, ".NumberFormatException"):
		d.Hint = "use a number"
	case bounds.MatchString(text):
		d.Hint = "it " + bounds.FindStringSubmatch(text)[1]
	}
	return d
}
