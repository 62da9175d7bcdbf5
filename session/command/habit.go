package command

import (
	"strings"

	"riffle/session"
)

// habits are what people type in notebooks of other kernels, and what riffle has
// for it.
var habits = func() map[string]string {
	const (
		programs  = "riffle runs no programs: use a terminal, or a notebook of another kernel"
		languages = "a cell has SQL, Go functions and commands: use a notebook of another kernel beside it"
		names     = "%d lists tables and views, %df functions, %set variables, %queries what runs"
		nothing   = "nothing has to be loaded: write SQL and Go as they are"
		jars      = "%jar GROUP:ARTIFACT:VERSION adds a connector of Maven's"
	)
	all := map[string]string{}
	for advice, typed := range map[string]string{
		programs:                                 "! bash sh script system sx cmd powershell cd ls pwd mkdir cat cp mv rm",
		languages:                                "python python2 python3 pypy ruby perl javascript js html svg latex markdown writefile cython",
		names:                                    "who whos who_ls",
		nothing:                                  "load_ext reload_ext unload_ext autoreload load",
		jars:                                     "pip conda mamba uv",
		"%plot draws a query's table as a chart": "matplotlib pylab",
		"%%time shows how long it takes":         "timeit prun",
		"%help lists the commands":               "lsmagic magic quickref",
		"NAME? shows what is known of it, %d a table's columns":   "pinfo pinfo2 pdoc pdef psource",
		"%set NAME VALUE gives a variable a value, for ${NAME}":   "env set_env",
		"restart the kernel: all of it is forgotten":              "reset reset_selective",
		"SQL and Go go into cells as they are; %save writes rows": "run save_as store capture edit",
	} {
		for name := range strings.FieldsSeq(typed) {
			all[name] = advice
		}
	}
	return all
}()

// Habit is the error of a statement that means something in a notebook of another
// kernel, such as %matplotlib inline or !ls; nil for any other.
func Habit(st session.Statement) error {
	word, name := st.Word, st.Verb
	if strings.HasPrefix(st.Text, "!") {
		word, name = st.Span, "!"
		if line, _, more := strings.Cut(st.Text, "\n"); more {
			word.End = word.Start + len(line)
		}
	} else if !strings.HasPrefix(st.Text, "%") {
		return nil
	}
	advice, ok := habits[name]
	if !ok {
		return nil
	}
	return session.Fail(st, word, "riffle has no "+st.Cell.Text[word.Start:word.End], advice)
}
