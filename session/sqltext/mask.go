package sqltext

import "strings"

// secretKeys are the words in the key of an option that make its value a secret:
// those that Flink itself hides when it logs its configuration.
var secretKeys = []string{
	"password", "secret", "token", "apikey", "api-key", "access-key", "account.key", "auth-params",
	"service-key", "basic-auth", "jaas.config", "http-headers", "credential", "passphrase",
}

// masked stands where a secret stood.
const masked = "'******'"

// Mask returns SQL with the values of secret options hidden, as in WITH
// ('password' = '…') and SET 'fs.s3.secret-key' = '…'. A value without a secret
// in it, empty or one variable, stays: it tells nothing.
func Mask(text string) string {
	var b strings.Builder
	copied := 0
	key, equals := "", false // of the option whose value may come next
	for _, t := range Lex(text) {
		word := text[t.Span.Start:t.Span.End]
		switch {
		case t.Kind == Space, t.Kind == Comment:
		case t.Kind == String && equals && isSecret(key) && strings.Contains(word, "'"): // not Go's
			if value := strings.Trim(word, "'"); value != "" && !isVariable(value) {
				b.WriteString(text[copied:t.Span.Start] + masked)
				copied = t.Span.End
			}
			key, equals = "", false
		case t.Kind == Operator && word == "=" && key != "":
			equals = true
		case t.Kind == String, t.Kind == Identifier, t.Kind == Keyword:
			key, equals = joined(key, word), false
		case t.Kind == Operator && word == ".":
			key += word
		case t.Kind == Operator && word == "-" && key != "":
			key += word
		default:
			key, equals = "", false
		}
	}
	return b.String() + text[copied:]
}

// joined puts the parts of an unquoted key together: fs.s3.secret-key.
func joined(key, word string) string {
	if strings.HasSuffix(key, ".") || strings.HasSuffix(key, "-") {
		return key + word
	}
	return word
}

func isSecret(key string) bool {
	key = strings.ToLower(key)
	for _, word := range secretKeys {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// isVariable tells whether a value is one ${name} and nothing else.
func isVariable(value string) bool {
	return strings.HasPrefix(value, "${") && strings.Count(value, "$") == 1 &&
		strings.IndexByte(value, '}') == len(value)-1 && !strings.Contains(value, ":-")
}
