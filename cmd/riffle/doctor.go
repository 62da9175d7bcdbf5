package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
)

// verdict is what a checkup comes to.
type verdict string

const (
	fine    verdict = "ok"
	poor    verdict = "warning" // riffle runs, with less
	missing verdict = "missing" // riffle does not run
)

// finding is a line of riffle doctor.
type finding struct {
	verdict verdict
	is      string // what was found
	next    string // what to do about it; "" if nothing
}

// checkup looks at one thing that riffle needs on this machine.
type checkup struct {
	what string
	look func(context.Context) finding
}

// checkups is the table of riffle doctor, in the order of its output.
func checkups() []checkup {
	return []checkup{
		{"java", lookAtJava},
		{"flink", lookAtFlink},
		{"maven", lookAtMaven},
		{"go", lookAtGo},
		{"jail", lookAtJail},
		{"cache", lookAtCache},
		{"temporary", lookAtTemporary},
		{"loopback", lookAtLoopback},
		{"memory", lookAtMemory},
	}
}

// doctor tells what this machine has of what riffle needs, and what to do about
// the rest. It fetches nothing, and leaves nothing behind but the cache's folder.
func doctor(ctx context.Context, w io.Writer) int {
	code := exitOK
	for _, c := range checkups() {
		f := c.look(ctx)
		fmt.Fprintf(w, "%-8s %-10s %s\n", f.verdict, c.what, f.is)
		if f.next != "" {
			fmt.Fprintf(w, "%-8s %-10s %s\n", "", "", "→ "+f.next)
		}
		if f.verdict == missing {
			code = exitFailed
		}
	}
	return code
}

func lookAtJava(ctx context.Context) finding {
	java, err := dist.FindJava(ctx)
	switch {
	case err != nil:
		return finding{missing, err.Error(), ""} // it says what to do
	case java.Warning != "":
		return finding{poor, java.Warning, "install Java 17 or 21, or set JAVA_HOME to one"}
	}
	return finding{fine, java.Release + ", " + java.Path, ""}
}

func lookAtFlink(ctx context.Context) finding {
	found, err := dist.Find(ctx, dist.Options{Offline: true})
	if errors.Is(err, dist.ErrAbsent) {
		return finding{fine, "not here yet", "the first start fetches it (about 250 MB) with mvn or pip; FLINK_HOME names another Flink 2.3"}
	}
	if err != nil {
		return finding{missing, err.Error(), ""}
	}
	return finding{fine, found.Version + ", " + found.Dir, ""}
}

func lookAtMaven(ctx context.Context) finding {
	path, err := exec.LookPath("mvn")
	if err == nil {
		return finding{fine, path, ""}
	}
	if _, err := dist.Find(ctx, dist.Options{Offline: true}); err == nil {
		return finding{fine, "no mvn on PATH, and none needed: Flink is here", ""}
	}
	for _, pip := range []string{"pip3", "pip"} {
		if path, err := exec.LookPath(pip); err == nil {
			return finding{fine, "no mvn on PATH; Flink comes through " + path, ""}
		}
	}
	return finding{missing, "neither mvn nor pip on PATH to fetch Flink with", "install Maven, or set FLINK_HOME to a Flink 2.3"}
}

func lookAtGo(ctx context.Context) finding {
	found, err := golang.Installed(ctx, "")
	if err != nil {
		return finding{poor, err.Error(), ""}
	}
	return finding{fine, found, ""}
}

func lookAtJail(context.Context) finding {
	is, err := guest.Jail()
	if err != nil {
		return finding{poor, err.Error(), ""} // it says what to do
	}
	return finding{fine, is + ": functions run without files, network and other programs", ""}
}

// fetchRoom is what the cache takes: Flink and its unpacked jars, a fetch's
// stage, three class-data archives, compiled packages.
const fetchRoom = 1 << 30

func lookAtCache(context.Context) finding {
	dir, err := flink.DefaultCacheDir()
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return finding{missing, err.Error(), "set XDG_CACHE_HOME to a folder that can be written"}
	}
	return lookAtFolder(dir, fetchRoom, "set XDG_CACHE_HOME to a folder that can be written and has room")
}

// sessionRoom is what a session may spill and log.
const sessionRoom = 256 << 20

func lookAtTemporary(context.Context) finding {
	return lookAtFolder(os.TempDir(), sessionRoom, "set TMPDIR to a folder that can be written and has room")
}

// lookAtFolder writes a file and looks at the room left.
func lookAtFolder(dir string, room int64, next string) finding {
	probe, err := os.CreateTemp(dir, ".riffle-doctor-*")
	if err != nil {
		return finding{missing, err.Error(), next}
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return finding{missing, err.Error(), next}
	}
	free, known := dist.FreeDisk(dir)
	switch {
	case !known:
		return finding{fine, filepath.Clean(dir), ""}
	case free < room:
		return finding{poor, fmt.Sprintf("%s has %s left, %s are wanted", dir, size(free), size(room)), next}
	}
	return finding{fine, fmt.Sprintf("%s, %s free", filepath.Clean(dir), size(free)), ""}
}

// lookAtLoopback opens what gateway, sink and harness open: a port on loopback.
func lookAtLoopback(ctx context.Context) finding {
	const next = "riffle talks to its Flink over 127.0.0.1: let local connections pass"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return finding{missing, err.Error(), next}
	}
	defer listener.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", listener.Addr().String())
	if err != nil {
		return finding{missing, err.Error(), next}
	}
	conn.Close()
	return finding{fine, "127.0.0.1 can be listened on and reached", ""}
}

// wantedMemory is what a session with a few queries takes.
const wantedMemory = 1 << 30

func lookAtMemory(context.Context) finding {
	available, known := availableMemory()
	switch {
	case !known:
		return finding{fine, "this system does not tell", ""}
	case available < wantedMemory:
		return finding{poor, size(available) + " available", "a session takes about 400 MB, and more with large queries: end other programs"}
	}
	return finding{fine, size(available) + " available", ""}
}

// size is a number of bytes for people.
func size(bytes int64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
