package command

import (
	"strings"

	"riffle/session"
	"riffle/session/mention"
	"riffle/session/sqltext"
)

// notebookAdvice maps the habits of other kernels' notebooks to what riffle has for them.
var notebookAdvice = func() map[string]string {
	const (
		programs  = "riffle does not run programs: use a terminal, or a notebook with another kernel"
		languages = "cells contain SQL, Go functions and commands: use a notebook with another kernel"
		names     = "%d lists tables and views, %df functions, %set variables, %queries running queries"
		nothing   = "no extension is needed: write SQL and Go as they are"
		jars      = "%jar GROUP:ARTIFACT:VERSION adds a connector from Maven"
	)
	all := map[string]string{}
	for advice, typed := range map[string]string{
		programs:                                 "! bash sh script system sx cmd powershell cd ls pwd mkdir cat cp mv rm",
		languages:                                "python python2 python3 pypy ruby perl javascript js html svg latex markdown writefile cython",
		names:                                    "who whos who_ls",
		nothing:                                  "load_ext reload_ext unload_ext autoreload load",
		jars:                                     "pip conda mamba uv",
		"%plot draws a query's table as a chart": "matplotlib pylab",
		"%%time shows how long a cell takes":     "timeit prun",
		"%help lists the commands":               "lsmagic magic quickref",
		"NAME? shows help for a name, %d the columns of a table":               "pinfo pinfo2 pdoc pdef psource",
		"%set NAME VALUE sets a variable, and ${NAME} stands for its value":    "env set_env",
		"restart the kernel to start from an empty session":                    "reset reset_selective",
		"write SQL and Go into cells as they are; %save writes rows to a file": "run save_as store capture edit",
	} {
		for name := range strings.FieldsSeq(typed) {
			all[name] = advice
		}
	}
	return all
}()

// shellAdvice maps the habits of other shells to what riffle has for them. There too, a name
// may be typed without a backslash, or with the prefix of the other shell.
var shellAdvice = func() map[string]string {
	all := map[string]string{}
	for advice, typed := range map[string]string{
		"type quit or press Ctrl-D":                                                                                      "q q! wq wq! bye logout quit exit",
		mention.Command("dt lists tables and views"):                                                                     "tables",
		mention.Command("d NAME describes a table"):                                                                      "schema schemas columns describe",
		mention.Command("dc lists catalogs, ") + mention.Command("dn databases"):                                         "databases l list c connect",
		mention.Command("help lists the commands"):                                                                       "? h help",
		mention.Command("format shows results in another format"):                                                        "mode x pset gx a t",
		mention.Command("i FILE runs a script"):                                                                          "read source run",
		mention.Command("timing turns times on or off"):                                                                  "timer",
		mention.Command("o FILE writes the following results to a file"):                                                 "output once",
		mention.Command("save FILE writes a result to a file"):                                                           "copy dump export",
		mention.Command("history lists the last entries"):                                                                "s",
		"riffle does not run programs: use another terminal":                                                             "! ls cd pwd cat vi vim git sh bash shell system",
		"a statement ends with ; and runs at Enter":                                                                      "g go",
		mention.Command("d lists tables and views, ") + mention.Command("dt tables, ") + mention.Command("df functions"): "di ds du dp da dl z",
	} {
		for name := range strings.FieldsSeq(typed) {
			all[name] = advice
		}
	}
	return all
}()

// Stray returns the error for a line that starts no statement but has a meaning in another shell or
// notebook, such as .tables or !ls, or is a command without its backslash. It returns nil for other lines.
func Stray(f FrontEnd, st session.Statement) error {
	if err := ForeignCommand(st); f == Notebook && err != nil {
		return err
	}
	if st.Class != sqltext.Unknown || st.Suggestion != "" {
		return nil
	}
	at := st.FirstWord()
	first := st.Cell.Text[at.Start:at.End]
	name := strings.ToLower(strings.TrimLeft(first, ".:"))
	if (len(name) == 1 || name == "go") && strings.ContainsAny(st.Text, " \t\n") {
		return nil // x := 5, go f()
	}
	hint := ""
	if c, ok := Find(name); ok && c.FrontEnds&f != 0 && c.run != nil && first != "?" && strings.TrimLeft(first, ".:") == first {
		hint = "commands start with " + mention.Command(": ") + mention.Command(name)
	}
	advice, ok := strayAdvice(f, name)
	switch {
	case f != Notebook && strings.HasPrefix(first, "!"):
		hint = shellAdvice["!"]
	case ok && hint == "":
		hint = advice
	case ok && name == "q":
		hint = advice + "; " + mention.Command("q lists the running queries")
	case strings.HasPrefix(first, ".") && hint == "":
		hint = "commands start with " + mention.Command(": ") + mention.Command("help lists them")
	}
	if hint == "" {
		return nil
	}
	return session.Fail(st, at, "no statement starts with "+first, hint)
}

// strayAdvice returns what riffle has for a word of other shells or notebooks. Notebooks
// with IPython take their magics without % too: pip install x.
func strayAdvice(f FrontEnd, name string) (advice string, ok bool) {
	advice, ok = shellAdvice[name]
	if f != Notebook {
		return advice, ok
	}
	if strings.Trim(name, "?") == "" {
		return mention.Command("help lists the commands; NAME? shows help for a name"), true
	}
	if foreign, ok := notebookAdvice[name]; ok {
		return foreign, true
	}
	return advice, ok && mentionsOnly(f, advice)
}

// mentionsOnly reports whether an advice mentions commands, and all of them work in a front end.
func mentionsOnly(f FrontEnd, advice string) bool {
	_, mentioned, _ := strings.Cut(advice, mention.Mark)
	for typed := range strings.SplitSeq(mentioned, mention.Mark) {
		name, _, _ := strings.Cut(typed, " ")
		if c, ok := Find(name); !ok || c.FrontEnds&f == 0 {
			return false
		}
	}
	return true
}

// ForeignCommand returns the error for a statement that has a meaning in notebooks of another kernel, such
// as %matplotlib inline or !ls. It returns nil for other statements.
func ForeignCommand(st session.Statement) error {
	word, name := st.Word, st.Verb
	if strings.HasPrefix(st.Text, "!") {
		word, name = st.Span, "!"
		if line, _, more := strings.Cut(st.Text, "\n"); more {
			word.End = word.Start + len(line)
		}
	} else if !strings.HasPrefix(st.Text, "%") {
		return nil
	}
	advice, ok := notebookAdvice[name]
	if !ok {
		return nil
	}
	return session.Fail(st, word, "riffle has no "+st.Cell.Text[word.Start:word.End], advice)
}
