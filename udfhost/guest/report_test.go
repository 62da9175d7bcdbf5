package guest

import "testing"

func TestReadReport(t *testing.T) {
	const looping = `SIGQUIT: quit
PC=0x4a631e m=0 sigcode=0

goroutine 18 gp=0x22 m=nil [chan receive]:
main.Wait.func1()
	cell[1]:9 +0x45e fp=0x1 sp=0x2 pc=0x3
created by main.Wait in goroutine 1
	cell[1]:8 +0x1

goroutine 1 gp=0x22 m=0 mp=0x59 [running]:
strings.Repeat({0x1, 0x2}, 0x3)
	/go/src/strings/strings.go:6 +0x45e
main.(*Point).Norm(...)
	dir with space/cell[2].sql:6
main.riffle_Norm(0x22)
	riffle_1.go:73 +0x2b8
main.main()
	riffle_1.go:6 +0x73
`
	const below = "panic: x\n\ngoroutine 1 [running]:\nmain/5d0c1b2a.(*Point).Norm(0x1)\n\tcell[3]:4 +0x1\nmain.main()\n\triffle_1.go:6 +0x73\n"
	for _, test := range []struct {
		report     string
		callsFirst bool
		message    string
		at         Place
	}{
		{looping, true, "", Place{"dir with space/cell[2].sql", 6, "(*Point).Norm"}},
		{looping, false, "", Place{"cell[1]", 9, "Wait.func1"}},
		{"panic: runtime error: index out of range [recovered]\n", false, "panic: index out of range", Place{}},
		{"panic: a\nmain.F(\ngoroutine 1 [running]:\nmain.F(0x1)\nmain.G()\n\tcell[3]:x\n", false, "panic: a", Place{}},
		{"", true, "", Place{}},
		{below, true, "panic: x", Place{"cell[3]", 4, "(*Point).Norm"}},
		{"\xff\n\tcell:1\n", false, "", Place{}},
	} {
		message, at := readReport([]byte(test.report), test.callsFirst)
		if message != test.message || at != test.at {
			t.Errorf("%q: got %q, %+v", test.report, message, at)
		}
	}
}

func FuzzReadReport(f *testing.F) {
	f.Add([]byte("panic: x\n\ngoroutine 1 [running]:\nmain.F(0x1)\n\tcell[3]:4 +0x1\n"), true)
	f.Fuzz(func(t *testing.T, report []byte, callsFirst bool) {
		if _, at := readReport(report, callsFirst); at.Line < 0 {
			t.Errorf("line %d", at.Line)
		}
	})
}
