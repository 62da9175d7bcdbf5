//go:build unix

// Command bench measures riffle and its peers, Flink's own SQL Client and PyFlink,
// on one machine in one run:
//
//	go run ./bench [-only launch,func,…] [-quick] [-goals] [-o FILE]
//
// It installs the peers into bench/peers (peers.go, tuned.go) and measures one group
// of rows after the other (main.go lists the groups). It prints a table of medians
// and of ratios to the best peer (report.go), and writes the raw figures to a file.
// The goals of the project (goals.go) are printed only with -goals.
//
// Shells run in a pseudo-terminal (terminal.go) and are timed from the keys sent
// to the text shown (shells.go). As engines, riffle and PyFlink are long-lived
// processes that receive one job after the other (piped.go, pyflink.go, peer.py).
// Peers take turns within a group, so that other load on the machine affects all of
// them alike.
package main
