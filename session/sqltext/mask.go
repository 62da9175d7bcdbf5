package sqltext

import "strings"

// secretKeys are the words in the key of an option that make its value a secret: those that
// Flink itself hides when it logs its configuration.
var secretKeys = []string{
	"password", "secret", "token", "apikey", "api-key", "access-key", "account.key", "auth-params",
	"service-key", "basic-auth", "jaas.config", "http-headers", "credential", "passphrase",
}

// masked replaces a secret.
const masked = "'******'"

// Mask returns SQL with the values of secret options hidden, as in WITH ('password' = '…') and
// SET 'fs.s3.secret-key' = '…'. A value that contains no secret, because it is empty or one variable, is
// kept.
//
// It is for a text that is typed, kept or shown. For a statement use [Lexed.Mask].
func Mask(text string) string { return NewLexed(text).Mask() }

// Mask returns the text as [Mask] does.
func (l Lexed) Mask() string {
	masked, _ := l.MaskAt(Span{})
	return masked
}

// MaskAt is like Mask, and also returns the location of a span in the result.
func (l Lexed) MaskAt(at Span) (string, Span) {
	var b strings.Builder
	copied := 0
	moved := at
	for _, secret := range l.secrets() {
		b.WriteString(l.Text[copied:secret.Start] + masked)
		copied = secret.End
		moved.Start = moveOver(moved.Start, at.Start, secret, b.Len())
		moved.End = moveOver(moved.End, at.End, secret, b.Len())
	}
	return b.String() + l.Text[copied:], moved
}

// moveOver returns the new position of an offset after a secret was masked. end is the end of
// the mask in the new text.
func moveOver(moved, at int, secret Span, end int) int {
	switch {
	case at >= secret.End:
		return end + at - secret.End
	case at > secret.Start:
		return end - len(masked)
	}
	return moved
}

// Secrets returns the texts that Mask hides, without their quotes, to find them in other texts.
func (l Lexed) Secrets() []string {
	var values []string
	for _, s := range l.secrets() {
		quoted := l.Text[s.Start:s.End]
		value := strings.TrimSuffix(quoted[strings.IndexByte(quoted, '\'')+1:], "'")
		values = append(values, strings.ReplaceAll(value, "''", "'"))
	}
	return values
}

// MaskValue hides the value of an option if it is a secret.
func MaskValue(key, value string) string {
	if value != "" && isSecret(key) {
		return strings.Trim(masked, "'")
	}
	return value
}

// secrets finds the values of secret options, with their quotes.
func (l Lexed) secrets() []Span {
	var found []Span
	key, equals := "", false // of the option whose value may come next
	for _, t := range l.Tokens {
		word := l.Word(t)
		switch {
		case t.Kind == Space, t.Kind == Comment:
		case t.Kind == String && equals && isSecret(key) && strings.Contains(word, "'"): // not Go's
			if value := strings.Trim(word, "'"); value != "" && !isVariable(value) {
				found = append(found, t.Span)
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
	return found
}

// joined joins the parts of an unquoted key: fs.s3.secret-key.
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

// isVariable reports whether a value is exactly one ${name}.
func isVariable(value string) bool {
	return strings.HasPrefix(value, "${") && strings.Count(value, "$") == 1 &&
		strings.IndexByte(value, '}') == len(value)-1 && !strings.Contains(value, ":-")
}
