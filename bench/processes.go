//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// status reads the fields of /proc/PID/stat from the third on: state, parent and
// so forth; none if the process is gone.
func status(pid int) []string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	// The name before them, in parentheses, may contain anything.
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// parentOf is 0 if the process is gone.
func parentOf(pid int) int {
	fields := status(pid)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// processTree returns root and all its descendants.
func processTree(root int) []int {
	children := map[int][]int{}
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err == nil {
			parent := parentOf(pid)
			children[parent] = append(children[parent], pid)
		}
	}
	tree := []int{root}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i]]...)
	}
	return tree
}

// endAll kills the remaining processes of a tree whose root has ended, and reports
// those that do not end.
func endAll(pids []int) error {
	var errs []error
	for _, pid := range pids {
		deadline := time.Now().Add(5 * time.Second)
		for alive(pid) {
			if time.Now().After(deadline) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			if time.Now().After(deadline.Add(5 * time.Second)) {
				errs = append(errs, fmt.Errorf("process %d does not end", pid))
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return errors.Join(errs...)
}

// alive reports whether a process is running. A zombie is not.
func alive(pid int) bool {
	fields := status(pid)
	return len(fields) > 0 && fields[0] != "Z" && fields[0] != "X"
}

// settle waits until a tree of processes has been idle for a while.
func settle(ctx context.Context, root int) error {
	const (
		span  = 2 * time.Second
		quiet = 6 // the most ticks of an idle tree in that time: 3 % of a processor
		most  = 4 * time.Minute
	)
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	before := ticks(root)
	for {
		select {
		case <-time.After(span):
		case <-ctx.Done():
			return fmt.Errorf("process %d does not become idle: %w", root, ctx.Err())
		}
		now := ticks(root)
		if maps.EqualFunc(before, now, func(int64, int64) bool { return true }) && total(now)-total(before) < quiet {
			return nil
		}
		before = now
	}
}

// ticks returns the processor time of each process in a tree, in hundredths of a second.
func ticks(root int) map[int]int64 {
	used := map[int]int64{}
	for _, pid := range processTree(root) {
		fields := status(pid)
		if len(fields) < 13 {
			continue
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		used[pid] = user + system
	}
	return used
}

func total(used map[int]int64) int64 {
	var sum int64
	for _, n := range used {
		sum += n
	}
	return sum
}

// processorTime returns the processor time that a tree of processes has used, with
// the processes of it that have ended. Linux counts it in hundredths of a second.
func processorTime(root int) time.Duration {
	var hundredths int64
	for _, pid := range processTree(root) {
		fields := status(pid)
		if len(fields) < 15 {
			continue
		}
		for _, field := range fields[11:15] { // user and system, then both of ended children
			n, _ := strconv.ParseInt(field, 10, 64)
			hundredths += n
		}
	}
	return time.Duration(hundredths) * 10 * time.Millisecond
}

// memory is the memory of a process, in bytes.
type memory struct {
	resident     int64 // RSS: shared pages count in full
	proportional int64 // PSS: shared pages are divided among their users
}

// memoryOf reads /proc/PID/smaps_rollup.
func memoryOf(pid int) (memory, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return memory{}, err
	}
	defer file.Close()
	var m memory
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		n, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return memory{}, fmt.Errorf("memory of process %d: %w", pid, err)
		}
		switch fields[0] {
		case "Rss:":
			m.resident = n << 10
		case "Pss:":
			m.proportional = n << 10
		}
	}
	return m, lines.Err()
}
