//go:build unix

// Command bench measures riffle beside the shells that Flink comes with, SQL
// Client and PyFlink, on one machine in one run:
//
//	go run ./bench [-only launch,func,…] [-quick] [-o FILE]
//
// It installs the peers into bench/peers (peers.go, tuned.go), measures group by
// group (main.go lists them), and prints a table of medians, ratios and the goals
// that riffle has set itself (report.go). The raw figures go to a file.
//
// Shells run in a pseudo-terminal (terminal.go) and are timed from the keys sent
// to the text shown (shells.go); riffle and PyFlink as engines are long-lived
// processes that are told what to run (piped.go, pyflink.go, peer.py). Peers take
// turns within a group, so that whatever else the machine does meets all alike.
package main
