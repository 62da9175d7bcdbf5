package guest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// A goroutine's part of a report is a line "goroutine 1 [running]:" and pairs of lines,
// "main.Grade(...)" and "\tcell[3]:6 +0x67". Everything else that is not the user's is skipped: glue
// is in packages of its own.
var (
	goroutineLine = regexp.MustCompile(`^goroutine (\d+) `)
	callLine      = regexp.MustCompile(`^main(?:/[0-9a-f]+)?\.(.+)\(.*\)$`)
	placeLine     = regexp.MustCompile(`^\t(.+):(\d+)(?: .*)?$`)
)

// readReport finds the reason and the innermost line of the user's code in what the Go runtime
// printed at the end of a process. callsFirst prefers goroutine 1, which calls the functions,
// to the goroutine that is reported first.
func readReport(report []byte, callsFirst bool) (message string, at Place) {
	var (
		goroutine string
		function  string
		first     Place
		main      Place
	)
	for line := range strings.Lines(string(bytes.ToValidUTF8(report, nil))) {
		line = strings.TrimRight(line, "\r\n")
		if message == "" {
			message = reason(line)
		}
		if m := goroutineLine.FindStringSubmatch(line); m != nil {
			goroutine, function = m[1], ""
		} else if m := callLine.FindStringSubmatch(line); m != nil {
			function = users(m[1])
		} else if m := placeLine.FindStringSubmatch(line); m != nil && function != "" {
			n, err := strconv.Atoi(m[2])
			place := Place{File: m[1], Line: n, Function: function}
			if err == nil && first.Line == 0 {
				first = place
			}
			if err == nil && main.Line == 0 && goroutine == "1" {
				main = place
			}
			function = ""
		} else {
			function = ""
		}
	}
	if callsFirst && main.Line != 0 || first.Line == 0 {
		return message, main
	}
	return message, first
}

// users returns the name of a function of package main if the user declared it, otherwise "".
func users(function string) string {
	if function == "main" || strings.HasPrefix(function, "riffle_") {
		return ""
	}
	return function
}

// reason returns the text of a line that states why a process ended, or "".
func reason(line string) string {
	if text, ok := strings.CutPrefix(line, "panic: "); ok {
		text, _, _ = strings.Cut(text, " [recovered")
		return "panic: " + strings.TrimPrefix(text, "runtime error: ")
	}
	if strings.HasPrefix(line, "fatal error: ") {
		return line
	}
	return ""
}
