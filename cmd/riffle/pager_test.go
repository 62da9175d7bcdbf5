package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/rivo/uniseg"
)

// testPager is a pager that prints its input and its environment. Depending on its argument, it
// continues at a line from the terminal, ends early, or fails.
func testPager() {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt) // which does not end it, as less has it
	go func() {
		for range interrupts {
			fmt.Println("Ctrl-C is the pager's")
		}
	}()
	switch in := bufio.NewReader(os.Stdin); os.Args[1] {
	case "fails":
		os.Exit(3)
	case "leaves":
		line, _ := in.ReadString('\n')
		fmt.Printf("paged one line of %d bytes\n", len(line))
	case "reads":
		text, _ := io.ReadAll(in)
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		widest := 0
		for _, line := range lines {
			widest = max(widest, uniseg.StringWidth(line))
		}
		fmt.Printf("paged %d lines of %d cells up to %s, LESS=%s, escapes: %t\n",
			len(lines), widest, lines[len(lines)-1], os.Getenv("LESS"), strings.Contains(string(text), "\x1b"))
		// A line ends at Enter only if the terminal is as the shell found it.
		terminal, err := os.Open("/dev/tty")
		if err != nil {
			panic(err)
		}
		line, _ := bufio.NewReader(terminal).ReadString('\n')
		fmt.Printf("read %q\n", line)
	}
}

// pages tests the results that go through a pager, in a shell with colors, the pager "testpager
// reads" and $PAGER nosuchpager.
func pages(s *shell) {
	const ready = `riffle>.*\x1b\[8C`

	// A result that fits is printed as usual.
	s.press("SELECT 'short' AS a;" + enter)
	s.await(`│ short │` + newline + `└───────┘` + newline + `\(1 row, `)
	s.await(ready)

	// A wide table has complete columns, with the note below it. The pager has the terminal,
	// including Ctrl-C, and then the shell has it again.
	s.press("SELECT REPEAT('x', 150) AS w, CAST(NULL AS INT) AS n; SELECT 'next' AS b;" + enter)
	s.await(`paged 6 lines of 161 cells up to \(1 row, [0-9.]+ s\), LESS=-SRX~, escapes: false`)
	s.press(ctrlC)
	s.await(`Ctrl-C is the pager's`)
	s.press("on" + enter)
	s.await(`read "on\\n"`)
	s.await(`│ next │`)
	s.await(ready)
	s.press("\x1b[200~SELECT 'pasted' AS c;\n\x1b[201~")
	s.await(`'pasted'`)
	s.press(enter)
	s.await(`│ pasted │`)

	// A long result is paged too, also that of a command, and a text.
	s.press("SHOW FUNCTIONS;" + enter)
	s.await(`paged \d\d\d lines of \d+ cells up to \([\d,]+ rows, `)
	s.press(enter)
	s.await(ready)
	s.press(`\last csv` + enter)
	s.await(`paged \d\d\d lines of \d+ cells up to \([\d,]+ rows\)`)
	s.press(enter)
	s.await(ready)
	s.press(`\help` + enter)
	s.await(`paged \d\d lines of `)
	s.press(enter)
	s.await(ready)

	// Leaving a pager early loses nothing of the result, and a pager that fails is reported.
	s.press("CREATE TABLE many (k BIGINT, v STRING) WITH ('connector'='datagen','number-of-rows'='20000','rows-per-second'='1000000');" + enter)
	s.await(`OK`)
	s.press(`\pager testpager leaves` + enter)
	s.await(`pager is testpager leaves`)
	s.press("SELECT * FROM many;" + enter)
	s.await(`paged one line of \d+ bytes` + newline + `\(20,000 rows, [0-9.]+ s\)`)
	s.await(ready)
	s.press(`\pager testpager reads` + enter + `\last` + enter)
	s.await(`paged 20005 lines of `)
	s.press(enter)
	s.await(ready)
	s.press(`\pager testpager fails` + enter + "SHOW FUNCTIONS;" + enter)
	s.await(`the pager testpager fails: exit status 3: \\pager off turns paging off`)
	s.press(`\pager nosuchpager` + enter)
	s.await(`program nosuchpager not found`)

	// The setting always applies to results that end, never to a live view.
	s.press(`\pager testpager reads` + enter)
	s.await(`pager is testpager reads`)
	s.press("CREATE TABLE gen (k INT) WITH ('connector'='datagen'); SELECT k FROM gen;" + enter)
	s.await(`· \? keys`)
	s.press("q")
	if shown := s.await(`interrupted\)`); strings.Contains(shown, "paged") {
		s.t.Errorf("a live view was paged: %q", shown)
	}

	// $PAGER is used if no pager is set. If there is no such program, results are shown without
	// a pager.
	s.press(`\pager always` + enter + "SELECT 'plain' AS d;" + enter)
	s.await(`there is no pager nosuchpager: results are shown without paging; \\pager PROGRAM sets another pager` + newline)
	s.await(`│ plain │`)
}
