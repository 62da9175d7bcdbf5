package complete

import (
	"cmp"
	"os"
	"strings"
	"unicode"
)

// separators end the names of folders in a path.
const separators = "/" + string(os.PathSeparator)

// files are the paths that a begun one can become, those of folders with a slash at
// their end. Hidden ones only come once their dot is typed, and ~ becomes the
// user's folder. Names that cannot be typed in a line are left out.
func (c *completion) files(typed string) []string {
	if c.names.Home != "" {
		if typed == "~" {
			return []string{c.names.Home + "/"}
		}
		if rest, found := strings.CutPrefix(typed, "~/"); found {
			typed = c.names.Home + "/" + rest
		}
	}
	if strings.Contains(typed, "://") { // not one of this machine's, or not known to be
		return nil
	}
	cut := strings.LastIndexAny(typed, separators) + 1
	folder, begun := typed[:cut], typed[cut:]
	c.needs.Folder = cmp.Or(folder, ".")
	var paths []string
	for _, name := range c.names.Folders[c.needs.Folder] {
		hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(begun, ".")
		if strings.HasPrefix(name, begun) && !hidden && !strings.ContainsFunc(name, unicode.IsControl) {
			paths = append(paths, folder+name)
		}
	}
	return paths
}

// quotedFiles adds files as strings of SQL: folders, in which one goes on, and
// those whose name has an end.
func (c *completion) quotedFiles(end string) {
	for _, path := range c.files(unquotedText(c.prefix)) {
		text := openQuote(path)
		switch {
		case isFolder(path):
		case !strings.HasSuffix(path, end):
			continue
		default:
			text = c.closed(text)
		}
		c.add(Candidate{Text: text, Kind: File})
	}
}

func isFolder(path string) bool { return strings.HasSuffix(path, "/") }

// jar completes the file of ADD JAR, and reports whether the cursor is there.
func (c *completion) jar() bool {
	if c.statement.Verb != "ADD JAR" {
		return false
	}
	sql := c.text[c.statement.Span.Start:]
	tokens := significants(sql)
	if len(tokens) < 2 || len(tokens) > 3 {
		return false
	}
	switch {
	case len(tokens) == 3 && tokens[2].span.End == len(sql):
		c.begin(c.statement.Span.Start + tokens[2].span.Start)
	case len(tokens) == 3 || tokens[1].span.End == len(sql):
		return false
	}
	c.quotedFiles(".jar")
	return true
}
