package complete

import (
	"cmp"
	"os"
	"strings"
	"unicode"
)

// separators end the names of folders in a path.
const separators = "/" + string(os.PathSeparator)

// files returns the paths that a typed prefix can become. Folders end in a slash. Hidden files
// are included once their dot is typed, and ~ is the user's folder. Names that cannot be typed
// in a line are left out.
func (c *completion) files(typed string) []string {
	if c.names.Home != "" {
		if typed == "~" {
			return []string{c.names.Home + "/"}
		}
		if rest, found := strings.CutPrefix(typed, "~/"); found {
			typed = c.names.Home + "/" + rest
		}
	}
	if strings.Contains(typed, "://") { // not a path of this machine, or not known to be one
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

// quotedFiles adds files as SQL strings: folders, where typing continues, and files, whose
// string is closed.
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

// jar completes the file of ADD JAR, and reports whether the cursor is in it.
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
