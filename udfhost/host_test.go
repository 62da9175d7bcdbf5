package udfhost

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"riffle/udfhost/enginetest"
)

// logBuffer collects a log.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// listen starts a host with the tests' functions in a folder of its own.
func listen(t *testing.T) (*Host, *logBuffer) {
	t.Helper()
	log := new(logBuffer)
	h, err := Listen(t.Context(), Options{
		Dir: t.TempDir(), Engine: enginetest.Functions(), Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, log
}

// startWorker calls a host as a stranger would.
func startWorker(ctx context.Context, t *testing.T, h *Host) (*fnpb.StartWorkerResponse, error) {
	t.Helper()
	conn, err := dial(h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return fnpb.NewBeamFnExternalWorkerPoolClient(conn).StartWorker(ctx, &fnpb.StartWorkerRequest{WorkerId: "1-1"})
}

func TestTokenRefused(t *testing.T) {
	h, log := listen(t)
	for name, ctx := range map[string]context.Context{
		"missing": t.Context(),
		"wrong":   metadata.AppendToOutgoingContext(t.Context(), tokenKey, "guess"),
		"empty":   metadata.AppendToOutgoingContext(t.Context(), tokenKey, ""),
		"twice":   metadata.AppendToOutgoingContext(t.Context(), tokenKey, h.token, tokenKey, "guess"),
	} {
		if _, err := startWorker(ctx, t, h); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := strings.Count(log.String(), "call without the session's token refused"); n != 4 {
		t.Errorf("refused %d times in the log:\n%s", n, log)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), tokenKey, h.token)
	if r, err := startWorker(ctx, t, h); err != nil || !strings.Contains(r.GetError(), "did not send the address") {
		t.Errorf("with the token: got %v, %v", r, err)
	}
}

func TestTokenFile(t *testing.T) {
	h, _ := listen(t)
	info, err := os.Stat(filepath.Join(h.dir, tokenFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	if !strings.HasPrefix(h.address, "127.0.0.1:") {
		t.Errorf("listens on %s", h.address)
	}
}

// runShim starts the installed shim and returns its stdout, its exit code, and its boot log.
func runShim(t *testing.T, path string, env []string, args ...string) (stdout string, code int, bootLog string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(env, "BOOT_LOG_DIR="+dir)
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "flink-python-udf-boot.log"))
	return string(out), cmd.ProcessState.ExitCode(), string(b)
}

func TestShimProbe(t *testing.T) {
	h, _ := listen(t)
	out, code, _ := runShim(t, h.FlinkOptions()["python.executable"], nil, "-c", "import pyflink; print(1)")
	if code != 0 || out != h.dir+"\n" {
		t.Errorf("exit code %d, output %q", code, out)
	}
	if _, err := os.Stat(filepath.Join(strings.TrimSpace(out), ShimBoot)); err != nil {
		t.Error(err)
	}
}

// TestShimBootFails: the boot log contains what Flink then shows as the job's error.
func TestShimBootFails(t *testing.T) {
	h, _ := listen(t)
	address := "PYTHON_LOOPBACK_SERVER_ADDRESS=" + h.address
	flags := []string{"--id=1-1", "--provision_endpoint=localhost:1"}
	ended, err := Listen(t.Context(), Options{Dir: t.TempDir(), Engine: enginetest.Functions()})
	if err != nil {
		t.Fatal(err)
	}
	gone := "PYTHON_LOOPBACK_SERVER_ADDRESS=" + ended.address
	if err := ended.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		env   []string
		args  []string
		token string // replaces the file's
		want  string
	}{
		{"no flags", []string{address}, nil, "", "neither Flink's probe nor its boot script"},
		{"no address", nil, flags, "", "python.loopback-server.address"},
		{"session gone", []string{gone}, flags, "", "session that this job belongs to has ended"},
		{"wrong token", []string{address}, flags, "guess", "Unauthenticated"},
		{"no Flink there", []string{address}, flags, "", "ask flink at localhost:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			token := h.token
			if c.token != "" {
				token = c.token
			}
			if err := os.WriteFile(filepath.Join(h.dir, tokenFile), []byte(token), 0o600); err != nil {
				t.Fatal(err)
			}
			out, code, log := runShim(t, filepath.Join(h.dir, ShimBoot), c.env, c.args...)
			if code != 1 || out != "" || !strings.Contains(log, c.want) || strings.Count(log, "\n") != 1 {
				t.Errorf("exit code %d, output %q, boot log %q", code, out, log)
			}
		})
	}
}

// TestListenAgain: a folder that a killed session left is taken over, and a
// closed host leaves nothing.
func TestListenAgain(t *testing.T) {
	dir := t.TempDir()
	if err := installShim(dir, "old"); err != nil {
		t.Fatal(err)
	}
	h, err := Listen(t.Context(), Options{Dir: dir, Engine: enginetest.Functions()})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := Listen(t.Context(), Options{Dir: "relative", Engine: enginetest.Functions()}); err == nil {
		t.Error("a relative folder is taken")
	}
}

// TestCopiedShim: where the session's folder is on another file system, the
// shim is a copy that runs.
func TestCopiedShim(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := copyExecutable(self, filepath.Join(dir, ShimProbe)); err != nil {
		t.Fatal(err)
	}
	if out, code, _ := runShim(t, filepath.Join(dir, ShimProbe), nil, "-c", ""); code != 0 || out != dir+"\n" {
		t.Errorf("exit code %d, output %q", code, out)
	}
}

func TestStopWorkerUnknown(t *testing.T) {
	h, _ := listen(t)
	r, err := h.StopWorker(t.Context(), &fnpb.StopWorkerRequest{WorkerId: "1-1"})
	if err != nil || !strings.Contains(r.GetError(), `0 workers have the id "1-1"`) {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestStopQuery: a late worker of a stopped query is rejected.
func TestStopQuery(t *testing.T) {
	h, _ := listen(t)
	h.StopQuery("q1")
	boot, env := filepath.Join(h.dir, ShimBoot), []string{"PYTHON_LOOPBACK_SERVER_ADDRESS=" + h.address}
	flags := []string{"--id=1-1", "--provision_endpoint=localhost:1"}
	for query, want := range map[string]string{"q1": "the query was stopped", "q2": "ask flink"} {
		_, code, log := runShim(t, boot, append(env, queryVariable+"="+query), flags...)
		if code != 1 || !strings.Contains(log, want) {
			t.Errorf("%s: exit code %d, boot log %q", query, code, log)
		}
	}
	for i := range 2 * keptStopped {
		h.StopQuery(fmt.Sprintf("r%d", i))
	}
	if n := len(h.stopped); n != keptStopped {
		t.Errorf("%d stopped queries are kept", n)
	}
}
