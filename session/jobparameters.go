package session

import (
	"fmt"
	"strings"
)

// jobParametersSetting is Flink's option for the parameters that all functions of a job can read.
const jobParametersSetting = "pipeline.global-job-parameters"

// jobParameters reads the parameters of jobs from the settings, in the form that Flink has for maps: key:value,key:value.
// A part in single or double quotes can contain any character, and its quote twice.
func jobParameters(settings map[string]string) (map[string]string, error) {
	parameters := map[string]string{}
	for _, pair := range splitQuoted(settings[jobParametersSetting], ',') {
		parts := splitQuoted(pair, ':')
		if len(parts) != 2 {
			return nil, fmt.Errorf("%q is not key:value: SET '%s' = 'key:value,key:value'", pair, jobParametersSetting)
		}
		parameters[unquoted(parts[0])] = unquoted(parts[1])
	}
	return parameters, nil
}

// splitQuoted splits text at a separator outside of quotes. The parts keep their quotes. An empty text has no parts.
func splitQuoted(text string, separator byte) []string {
	var parts []string
	begin, quote := 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote { // twice: it ends here, and begins again
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == separator:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	if text = text[begin:]; strings.TrimSpace(text) != "" || begin > 0 {
		parts = append(parts, text)
	}
	return parts
}

// unquoted returns a part without the spaces around it and without its quotes.
func unquoted(part string) string {
	part = strings.TrimSpace(part)
	if n := len(part); n >= 2 && (part[0] == '\'' || part[0] == '"') && part[n-1] == part[0] {
		quote := part[:1]
		return strings.ReplaceAll(part[1:n-1], quote+quote, quote)
	}
	return part
}
