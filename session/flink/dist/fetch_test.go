package dist

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childCache is the variable that makes this test binary a second riffle: it
// finds Flink in that cache folder, prints the phases it goes through, and then
// the origin.
const childCache = "RIFFLE_TEST_CACHE"

func TestMain(m *testing.M) {
	cache := os.Getenv(childCache)
	if cache == "" {
		os.Unsetenv("FLINK_HOME") // the tests set it themselves
		os.Exit(m.Run())
	}
	var last Phase
	d, err := Find(context.Background(), Options{CacheDir: cache, Progress: func(p Progress) {
		if p.Phase != last {
			fmt.Println(p.Phase)
		}
		last = p.Phase
	}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(d.Origin)
}

// TestMaven really fetches Flink with the mvn of this machine, and then damages and interrupts
// what it fetched. Its parts build on each other.
func TestMaven(t *testing.T) {
	need(t, "mvn")
	t.Parallel()
	cache := t.TempDir()

	t.Run("two processes", func(t *testing.T) {
		child := startChild(t, cache)
		child.expect(t, string(Fetching))
		watch := watcher{t: t}
		d := mustFind(t, Options{CacheDir: cache, Progress: watch.see})
		if _, waited := watch.ends[Waiting]; !waited || d.Origin != Cache || len(watch.ends) != 1 {
			t.Errorf("origin %s by way of %v, want only to wait", d.Origin, watch.ends)
		}
		child.expect(t, string(Unpacking))
		child.expect(t, string(Fetched))
		if err := child.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
		if len(d.ClassPath) != 58 || filepath.Base(d.ClassPath[0]) != plannerJar {
			t.Errorf("class path of %d begins with %s", len(d.ClassPath), d.ClassPath[0])
		}
	})

	f := mavenFolder(t, cache)
	t.Run("found again", func(t *testing.T) {
		started := time.Now()
		d := mustFind(t, Options{CacheDir: cache, Offline: true, Progress: func(p Progress) { t.Errorf("unasked: %+v", p) }})
		if d.Origin != Cache {
			t.Errorf("origin %s", d.Origin)
		}
		t.Logf("in %v", time.Since(started))
		if d := mustFind(t, Options{CacheDir: cache, Verify: true}); d.Origin != Cache {
			t.Errorf("verified, and its origin is %s", d.Origin)
		}
	})

	t.Run("a truncated jar", func(t *testing.T) {
		before := files(t, f)
		cut := f.path("flink-core-2.3.0.jar")
		if err := os.Truncate(cut, 1000); err != nil {
			t.Fatal(err)
		}
		if _, err := Find(t.Context(), Options{CacheDir: cache, Offline: true}); !errors.Is(err, ErrAbsent) {
			t.Errorf("offline: error %v, want ErrAbsent", err)
		}
		watch := watcher{t: t}
		if d := mustFind(t, Options{CacheDir: cache, Progress: watch.see}); d.Origin != Fetched {
			t.Errorf("origin %s", d.Origin)
		}
		watch.ended(Fetching, f.edition.download, 58)
		for name, file := range files(t, f) {
			if fetched := !os.SameFile(file, before[name]); fetched != (f.path(name) == cut) {
				t.Errorf("%s fetched: %v", name, fetched)
			}
		}
	})

	t.Run("cancelled and resumed", func(t *testing.T) {
		gone := f.edition.jars[len(f.edition.jars)-20:]
		for _, j := range gone {
			if err := os.Remove(f.path(j.name)); err != nil {
				t.Fatal(err)
			}
		}
		before := files(t, f)
		ctx, cancel := context.WithCancel(t.Context())
		have := int64(-1)
		_, err := Find(ctx, Options{CacheDir: cache, Progress: func(p Progress) {
			switch {
			case p.Phase != Fetching:
			case have < 0:
				have = p.Done
			case p.Done > have: // mvn is at it
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v, want context.Canceled", err)
		}
		if f.isComplete() {
			t.Error("a part of a Flink counts as whole")
		}
		if left, _ := filepath.Glob(f.path("stage-*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
		if d := mustFind(t, Options{CacheDir: cache}); d.Origin != Fetched {
			t.Errorf("origin %s", d.Origin)
		}
		after := files(t, f)
		for name, file := range before {
			if !os.SameFile(after[name], file) {
				t.Errorf("%s was fetched anew", name)
			}
		}
	})
}

// TestMavenWithoutItsMirror has a user whose settings name a mirror that is
// not there.
func TestMavenWithoutItsMirror(t *testing.T) {
	need(t, "mvn")
	user := t.TempDir()
	if err := os.Mkdir(filepath.Join(user, ".m2"), 0o755); err != nil {
		t.Fatal(err)
	}
	settings := `<settings><mirrors><mirror><id>closed</id><mirrorOf>*</mirrorOf><url>http://127.0.0.1:9/maven</url></mirror></mirrors></settings>`
	if err := os.WriteFile(filepath.Join(user, ".m2", "settings.xml"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAVEN_OPTS", "-Duser.home="+user)
	_, err := Find(t.Context(), Options{CacheDir: t.TempDir()})
	if err == nil {
		t.Fatal("fetched from nowhere")
	}
	for _, want := range []string{"mvn failed: Could not transfer artifact", "closed (http://127.0.0.1:9/maven)", "check the network, or the mirror"} {
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, want)
		}
	}
}

func TestNothingToFetchWith(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cache := t.TempDir()
	_, err := Find(t.Context(), Options{CacheDir: cache})
	if err == nil || !strings.Contains(err.Error(), "neither mvn nor pip was found: install Maven, or set FLINK_HOME") {
		t.Errorf("error %v", err)
	}
	_, err = Find(t.Context(), Options{CacheDir: cache, Offline: true})
	if !errors.Is(err, ErrAbsent) {
		t.Errorf("offline: error %v, want ErrAbsent", err)
	}
	if left := namesIn(t, cache); len(left) > 0 {
		t.Errorf("left in the cache: %q", left)
	}
}

func TestNoCacheFolder(t *testing.T) {
	need(t, "mvn")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Find(t.Context(), Options{CacheDir: file})
	if err == nil || !strings.Contains(err.Error(), "make that folder writable") {
		t.Errorf("error %v", err)
	}
}

// TestRunKillsTheWholeFamily cancels a script whose child would outlive it.
func TestRunKillsTheWholeFamily(t *testing.T) {
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("sh", "-c", "sleep 600 & echo $!; wait")
	var child int
	err = run(ctx, cmd, log, func() {
		text, _ := os.ReadFile(log.Name())
		if child, err = strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || child == 0 {
		t.Fatalf("child %d, error %v", child, err)
	}
	for deadline := time.Now().Add(5 * time.Second); syscall.Kill(child, 0) == nil && !zombie(child); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives on", child)
		}
	}
}

// zombie recognizes a dead process for which nobody has waited, as in a container without an
// init.
func zombie(pid int) bool {
	out, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%v: it is a prerequisite, see README.md", err)
	}
}

func mustFind(t *testing.T, o Options) *Distribution {
	t.Helper()
	d, err := Find(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mavenFolder(t *testing.T, cache string) folder {
	t.Helper()
	folders, err := foldersIn(cache)
	if err != nil {
		t.Fatal(err)
	}
	return folders[0]
}

// files identifies each jar that is there.
func files(t *testing.T, f folder) map[string]os.FileInfo {
	t.Helper()
	infos := map[string]os.FileInfo{}
	for _, j := range f.edition.jars {
		if info, err := os.Stat(f.path(j.name)); err == nil {
			infos[j.name] = info
		}
	}
	return infos
}

type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, cache string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(slices.Clone(os.Environ()), childCache+"="+cache)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return child{cmd, bufio.NewScanner(out)}
}

func (c child) expect(t *testing.T, want string) {
	t.Helper()
	if !c.lines.Scan() || c.lines.Text() != want {
		t.Fatalf("the other process says %q, want %q", c.lines.Text(), want)
	}
}
