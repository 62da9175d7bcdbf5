package golang

import (
	"errors"
	"strings"
	"testing"

	"riffle/udfhost/guest"
)

// The code of modules that runs before main, in packages that import nothing that could confine them, is in the jail.
// The paths of these modules come before riffle's own, in whose order Go would otherwise initialize them.
func TestModulesAreJailedFirst(t *testing.T) {
	const open = `fd, err := syscall.Open("/etc/hostname", 0, 0); if err != nil { panic("early: " + err.Error()) }; panic(fd)`
	serveModules(t, map[string]string{
		"a.example/early@v1.0.0": "-- early.go --\npackage early\nimport \"syscall\"\nconst X = 1\nfunc init() { " + open + " }\n" +
			"-- variable/variable.go --\npackage variable\nimport \"syscall\"\nvar X = func() int { " + open + " }()\n" +
			"-- file/file.go --\npackage file\nimport \"os\"\nvar X, err = os.ReadFile(\"/etc/hostname\")\nfunc init() { if err != nil { panic(err) }; panic(\"read\") }\n" +
			"-- dial/dial.go --\npackage dial\nimport \"net\"\nconst X = 1\nfunc init() { c, err := net.Dial(\"udp\", \"127.0.0.1:9\"); if err != nil { panic(err) }; panic(c) }\n" +
			"-- start/start.go --\npackage start\nimport \"syscall\"\nconst X = 1\nfunc init() { err := syscall.Exec(\"/bin/true\", nil, nil); panic(\"early: \" + err.Error()) }\n" +
			"-- later/later.go --\npackage later\nimport \"syscall\"\nconst X = 1\nfunc init() { c := make(chan string); go func() { _, err := syscall.Open(\"/etc/hostname\", 0, 0); c <- err.Error() }(); panic(\"early: \" + <-c) }\n",
		"b.example/user@v1.0.0": "-- go.mod --\nmodule b.example/user\n\ngo 1.22\n\nrequire a.example/early v1.0.0\n" +
			"-- user.go --\npackage user\nimport _ \"a.example/early\"\nconst X = 1\n",
	})
	s := newStore(t, guest.Options{})
	get(t, s, "b.example/user@v1.0.0")
	get(t, s, "a.example/early@v1.0.0")
	const denied = ": operation not permitted (functions run without files, network and other programs; SET 'riffle.functions.jail' = 'off' allows them)"
	for path, want := range map[string]string{
		"a.example/early": "early", "a.example/early/variable": "early", "b.example/user": "early", "a.example/early/start": "early", "a.example/early/later": "early",
		"a.example/early/file": "open /etc/hostname", "a.example/early/dial": "dial udp 127.0.0.1:9: socket",
	} {
		name := path[strings.LastIndex(path, "/")+1:]
		for _, text := range []string{
			"import p \"" + path + "\"\nfunc F(s string) string { _ = p.X; return s }",
			"import _ \"" + path + "\"\nfunc F(s string) string { return s }",
		} {
			err := refuse(t, s, "cell[1]", text)
			if failure := (*guest.Failure)(nil); !errors.As(err, &failure) || !strings.HasPrefix(err.Error(), "panic: "+want+denied) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	free := newStore(t, guest.Options{NoJail: true})
	get(t, free, "a.example/early@v1.0.0")
	if err := refuse(t, free, "cell[1]", "import _ \"a.example/early/file\"\nfunc F(s string) string { return s }"); !strings.HasPrefix(err.Error(), "panic: read") {
		t.Errorf("without the jail: %v", err)
	}
}

// Code of a module that could run before the jail, or change what does, is refused.
func TestModulesThatReachOthersAreRefused(t *testing.T) {
	linked := func(directive string) string {
		return "-- p.go --\npackage p\n\nimport _ \"unsafe\"\n\nvar X = 1\n\n" + directive + "\n-- empty.s --\n"
	}
	assembly := func(text string) string {
		return "-- p.go --\npackage p\n\nvar X = 1\n-- p.s --\n#include \"textflag.h\"\n#define HIDDEN _cgo_init\n" + text
	}
	const place = "package c.example/p cannot be used in functions: c.example/p@v1.0.0/"
	for name, c := range map[string]struct{ archive, want string }{
		"linkname of the runtime":     {linked("//go:linkname now runtime.nanotime\nfunc now() int64"), place + "p.go:7: //go:linkname reaches runtime.nanotime, which is not in its module and could change the jail: look for a module or a version without that"},
		"linkname after a return":     {linked("//go:linkname now\rruntime.nanotime\nfunc now() int64"), place + "p.go:7: //go:linkname reaches runtime.nanotime"},
		"linkname of a newer Go":      {linked("//go:linknamestd now runtime.nanotime\nfunc now() int64"), place + "p.go:7: //go:linknamestd reaches runtime.nanotime"},
		"linkname that pushes":        {linked("//go:linkname evil runtime.overrideWrite\nvar evil = 1"), place + "p.go:7: //go:linkname reaches runtime.overrideWrite"},
		"linkname of no package":      {linked("//go:linkname evil _cgo_init\nvar evil = 1"), place + "p.go:7: //go:linkname reaches _cgo_init"},
		"linkname of the program":     {linked("//go:linkname evil main.F\nfunc evil()"), place + "p.go:7: //go:linkname reaches main.F"},
		"linkname of the init task":   {linked("//go:linkname evil c.example/p..inittask\nvar evil [64]byte"), place + "p.go:7: //go:linkname reaches c.example/p..inittask"},
		"library of C":                {linked("//go:cgo_import_dynamic _ _ \"libevil.so\""), place + "p.go:7: //go:cgo_import_dynamic links libraries of C, which functions cannot use"},
		"first call of the runtime":   {assembly("DATA HIDDEN(SB)/8, $·X(SB)\nGLOBL HIDDEN(SB), NOPTR, $8\n"), place + "p.s: the assembly defines _cgo_init, which does not belong to its package"},
		"function of the runtime":     {assembly("TEXT runtime·evil(SB), NOSPLIT, $0\n\tRET\n"), place + "p.s: the assembly defines runtime.evil, which does not belong to its package"},
		"init task":                   {assembly("DATA ··inittask(SB)/8, $1\nGLOBL ··inittask(SB), NOPTR, $8\n"), place + "p.s: the assembly defines c.example/p..inittask, which"},
		"other package of the module": {assembly("TEXT c∕example∕q·evil(SB), NOSPLIT, $0\n\tRET\n"), place + "p.s: the assembly defines c/example/q.evil, which"},
		"object code":                 {"-- p.go --\npackage p\n\nvar X = 1\n-- p.syso --\nbinary\n", "package c.example/p cannot be used in functions: p.syso is compiled code without source, which riffle does not link"},
		"cgo":                         {"-- p.go --\npackage p\n\n// int one() { return 1; }\nimport \"C\"\n\nvar X = C.one()\n", "package c.example/p cannot be used in functions: it needs cgo, and functions are built without a C compiler: look for a module in pure Go"},
		"partly cgo":                  {"-- p.go --\npackage p\n\nimport \"C\"\n\nvar one = C.one()\n-- q.go --\npackage p\n\nvar X = one\n", "package c.example/p cannot be used in functions: it does not compile without cgo, and functions are built without a C compiler: compile: c.example/p@v1.0.0/q.go:3:9: undefined: one"},
		"packages in one folder":      {"-- p.go --\npackage p\n-- q.go --\npackage q\n", "c.example/p cannot be used in functions: found packages p (p.go) and q (q.go) in c.example/p@v1.0.0"},
		"no files for this system":    {"-- p.go --\n//go:build windows\n\npackage p\n-- p_test.go --\npackage p\n", "c.example/p cannot be used in functions: it has no Go files for this system"},
		"file outside of the module":  {"-- p.go --\npackage p\n\nimport _ \"embed\"\n\n//go:embed ../../../../../etc/hostname\nvar X string\n", "c.example/p cannot be used in functions: pattern ../../../../../etc/hostname: invalid pattern syntax"},
		"what does not compile":       {"-- p.go --\npackage p\n\nvar X int = \"\"\n", place[:len(place)-len("c.example/p@v1.0.0/")] + "it does not compile: compile: c.example/p@v1.0.0/p.go:3:13: cannot use \"\""},
		"missing import":              {"-- sub/p.go --\npackage p\n\nimport \"nosuch\"\n\nvar X = nosuch.X\n", "package nosuch, which c.example/p/sub needs, cannot be used in functions: package nosuch is not in std"},
		"internal import":             {"-- p.go --\npackage p\n\nimport \"internal/abi\"\n\nvar X = abi.FuncPCABI0\n", "use of internal package internal/abi not allowed"},
		"package of riffle":           {"-- sub/p.go --\npackage p\n\nimport \"riffle/udfhost/guest/runtime\"\n\nvar X = runtime.Serve\n", "cannot be used in functions: package riffle/udfhost/guest/runtime is not in std"},
	} {
		t.Run(name, func(t *testing.T) {
			serveModules(t, map[string]string{"c.example/p@v1.0.0": c.archive})
			s := newStore(t, guest.Options{})
			get(t, s, "c.example/p@v1.0.0")
			path := "c.example/p"
			if strings.Contains(c.archive, "-- sub/") {
				path += "/sub"
			}
			err := refuse(t, s, "cell[1]", "import p \""+path+"\"\nfunc F(s string) string { return fmt.Sprint(p.X) }")
			if want := "cell[1]:1:10: "; !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
