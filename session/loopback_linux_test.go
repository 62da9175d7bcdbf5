package session_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"riffle/session/query"
)

// TestOnlyLoopbackListens looks at the machine's listening sockets while a query
// with a function runs: Beam's own default is the wildcard address.
func TestOnlyLoopbackListens(t *testing.T) {
	run(t, "func Same(id int) int { return id }; CREATE TEMPORARY TABLE trickle (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50')")
	reply := run(t, "SELECT Same(id) FROM trickle")
	defer func() {
		if err := reply.Query.Cancel(context.Background()); err != nil {
			t.Error(err)
		}
		reply.Events.Close()
		<-reply.Query.Done()
	}()
	for {
		e, err := reply.Events.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := e.(query.Batch); ok { // the functions' servers are up
			b.Record.Release()
			break
		}
	}
	for _, family := range []string{"tcp", "tcp6"} {
		for _, address := range listening(t, family) {
			if !strings.HasSuffix(address, "0100007F") && address != "00000000000000000000000001000000" {
				t.Errorf("listens on %s address %s", family, address)
			}
		}
	}
}

// listening returns the local addresses, in the kernel's hexadecimal, of the
// listening sockets that belong to this process and its children.
func listening(t *testing.T, family string) []string {
	t.Helper()
	ours := socketsOf(t, os.Getpid())
	table, err := os.ReadFile("/proc/net/" + family)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[3] == "0A" && ours["socket:["+fields[9]+"]"] {
			addresses = append(addresses, strings.Split(fields[1], ":")[0])
		}
	}
	if len(addresses) == 0 {
		t.Errorf("no %s socket of ours listens: the test sees nothing", family)
	}
	return addresses
}

func socketsOf(t *testing.T, pid int) map[string]bool {
	t.Helper()
	sockets := map[string]bool{}
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, d := range descriptors {
		if link, err := os.Readlink(d); err == nil {
			sockets[link] = true
		}
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		children, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has just ended
		}
		for child := range strings.FieldsSeq(string(children)) {
			n, err := strconv.Atoi(child)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(sockets, socketsOf(t, n))
		}
	}
	return sockets
}
