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
	"strings"

	"riffle/render"
	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
)

// severity is the result of a checkup.
type severity string

const (
	fine     severity = "ok"
	degraded severity = "warning" // riffle runs, with less
	missing  severity = "missing" // riffle does not run
)

// finding is a line of riffle doctor.
type finding struct {
	severity severity
	is       string // what was found
	next     string // the next step, or ""
}

// checkup checks one requirement of riffle on this machine.
type checkup struct {
	what  string
	check func(context.Context) finding
}

// checkups returns the table of riffle doctor, in the order of its output.
func checkups() []checkup {
	return []checkup{
		{"java", checkJava},
		{"flink", checkFlink},
		{"maven", checkMaven},
		{"go", checkGo},
		{"jail", checkJail},
		{"cache", checkCache},
		{"temporary", checkTemporary},
		{"loopback", checkLoopback},
		{"memory", checkMemory},
	}
}

// doctor checks the requirements of riffle on this machine, and prints the next step for each
// that is not met. It downloads nothing, and creates nothing except the cache's folder. With the
// address of an existing cluster, it also checks that cluster.
func doctor(ctx context.Context, w io.Writer, cluster string) int {
	code := exitOK
	all := checkups()
	if cluster != "" {
		all = append(all, clusterCheckups(ctx, cluster)...)
	}
	for _, c := range all {
		f := c.check(ctx)
		fmt.Fprintf(w, "%-8s %-10s %s\n", f.severity, c.what, doctorColumn(f.is))
		if f.next != "" {
			fmt.Fprintf(w, "%-8s %-10s %s\n", "", "", doctorColumn("→ "+f.next))
		}
		if f.severity == missing {
			code = exitFailed
		}
	}
	return code
}

// doctorColumn wraps a text between words, so that the output fits into 80 columns where its
// words do.
func doctorColumn(text string) string {
	const before = 20 // columns of the severity and the name of the checkup
	return strings.TrimLeft(render.Wrapped(text, strings.Repeat(" ", before), usageWidth), " ")
}

func checkJava(ctx context.Context) finding {
	java, err := dist.FindJava(ctx)
	switch {
	case err != nil:
		return finding{missing, err.Error(), ""} // the error has the next step
	case java.Warning != "":
		return finding{degraded, java.Warning, "install Java 17 or 21, or set JAVA_HOME to one"}
	}
	return finding{fine, java.Release + ", " + java.Path, ""}
}

func checkFlink(ctx context.Context) finding {
	found, err := dist.Find(ctx, dist.Options{Offline: true})
	if errors.Is(err, dist.ErrAbsent) {
		return finding{fine, "not downloaded yet", "the first start downloads it (about 250 MB) with mvn or pip; to use an installed Flink 2.3, set FLINK_HOME"}
	}
	if err != nil {
		return finding{missing, err.Error(), ""}
	}
	return finding{fine, found.Version + ", " + found.Dir, ""}
}

func checkMaven(ctx context.Context) finding {
	path, err := exec.LookPath("mvn")
	if err == nil {
		return finding{fine, path, ""}
	}
	if _, err := dist.Find(ctx, dist.Options{Offline: true}); err == nil {
		return finding{fine, "no mvn on PATH; not needed, Flink is already downloaded", ""}
	}
	for _, pip := range []string{"pip3", "pip"} {
		if path, err := exec.LookPath(pip); err == nil {
			return finding{fine, "no mvn on PATH; Flink will be downloaded with " + path, ""}
		}
	}
	return finding{missing, "neither mvn nor pip is on PATH to download Flink", "install Maven, or set FLINK_HOME to an installed Flink 2.3"}
}

func checkGo(ctx context.Context) finding {
	found, err := golang.Installed(ctx, "")
	if err != nil {
		return finding{degraded, err.Error(), ""}
	}
	return finding{fine, found, ""}
}

func checkJail(context.Context) finding {
	is, err := guest.Jail()
	if err != nil {
		return finding{degraded, err.Error(), ""} // the error has the next step
	}
	return finding{fine, is + ": functions have no access to files, network and other programs", ""}
}

// fetchRoom is the disk space that the cache takes: Flink and its unpacked jars, a fetch's
// stage, three class-data archives, compiled packages.
const fetchRoom = 1 << 30

func checkCache(context.Context) finding {
	dir, err := flink.DefaultCacheDir()
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return finding{missing, err.Error(), "set XDG_CACHE_HOME to a writable folder"}
	}
	return checkFolder(dir, fetchRoom, "set XDG_CACHE_HOME to a writable folder with enough space")
}

// sessionRoom is the disk space that a session may use for spilling and logs.
const sessionRoom = 256 << 20

func checkTemporary(context.Context) finding {
	return checkFolder(os.TempDir(), sessionRoom, "set TMPDIR to a writable folder with enough space")
}

// checkFolder writes a file and checks the remaining disk space.
func checkFolder(dir string, room int64, next string) finding {
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
		return finding{degraded, fmt.Sprintf("%s has %s free, and %s are recommended", dir, size(free), size(room)), next}
	}
	return finding{fine, fmt.Sprintf("%s, %s free", filepath.Clean(dir), size(free)), ""}
}

// checkLoopback opens what gateway, sink and harness open: a port on loopback.
func checkLoopback(ctx context.Context) finding {
	const next = "riffle and Flink communicate over 127.0.0.1: allow local connections"
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
	return finding{fine, "127.0.0.1 accepts connections", ""}
}

// recommendedMemory is the memory of a session with a few queries.
const recommendedMemory = 1 << 30

func checkMemory(context.Context) finding {
	available, known := availableMemory()
	switch {
	case !known:
		return finding{fine, "unknown on this system", ""}
	case available < recommendedMemory:
		return finding{degraded, size(available) + " available", "a session needs about 400 MB, and more for large queries: close other programs"}
	}
	return finding{fine, size(available) + " available", ""}
}

// size formats a number of bytes for people.
func size(bytes int64) string {
	if bytes >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}
