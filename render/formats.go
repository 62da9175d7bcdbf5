package render

import (
	"fmt"
	"slices"
	"strings"
)

// Format is a way to write rows.
type Format struct {
	Name        string // as the user gives it
	Description string // one line for help
	Extension   string // of files in this format, without a dot

	open func(*sheet) (Writer, error)
}

// Formats returns the formats in the order of help.
func Formats() []Format {
	return []Format{
		{"table", "columns in a box, as wide as the data", "txt", openTable},
		{"vertical", "each row as a block, a line for each column", "txt", openVertical},
		{"csv", "comma-separated values with a header (RFC 4180)", "csv", openCSV},
		{"tsv", "tab-separated values with a header; \\t, \\n, \\r and \\\\ escaped", "tsv", openTSV},
		{"json", "one array of objects", "json", openJSON},
		{"jsonl", "an object on each line", "jsonl", openJSONLines},
		{"markdown", "a table for documents", "md", openMarkdown},
		{"html", "a table for pages, without a look of its own", "html", openHTML},
	}
}

// FormatOf returns the format of a file according to the end of its name.
func FormatOf(path string) (name string, ok bool) {
	for _, f := range Formats() {
		if strings.HasSuffix(strings.ToLower(path), "."+f.Extension) {
			return f.Name, true
		}
	}
	for _, f := range columnFiles {
		if strings.HasSuffix(strings.ToLower(path), "."+f.name) {
			return f.name, true
		}
	}
	return "", false
}

// Extensions returns the name endings that FormatOf knows.
func Extensions() []string {
	var all []string
	for _, f := range Formats() {
		if end := "." + f.Extension; !slices.Contains(all, end) {
			all = append(all, end)
		}
	}
	for _, f := range columnFiles {
		all = append(all, "."+f.name)
	}
	return all
}

// IsText returns an error if rows cannot be shown in a format because it is that of a file which is
// written as a whole.
func IsText(format string) error {
	for _, f := range columnFiles {
		if f.name == strings.ToLower(format) {
			return fmt.Errorf(`%s is a file, no text: \save FILE.%[1]s writes the last result to one`, f.name)
		}
	}
	return nil
}

func lookup(name string) (Format, error) {
	formats := Formats()
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == strings.ToLower(name) })
	if i >= 0 {
		return formats[i], nil
	}
	if err := IsText(name); err != nil {
		return Format{}, err
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	nearest := slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
	if distance(name, nearest) <= max(1, len(nearest)/2) {
		return Format{}, fmt.Errorf("unknown format %q: did you mean %s? there are %s", name, nearest, strings.Join(names, ", "))
	}
	return Format{}, fmt.Errorf("unknown format %q: there are %s", name, strings.Join(names, ", "))
}

// distance returns the number of letters to insert, delete or replace to turn one name into the
// other.
func distance(a, b string) int {
	a = strings.ToLower(a)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
