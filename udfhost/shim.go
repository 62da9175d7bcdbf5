package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// The names of the shim. Flink runs the first as its Python interpreter, once per environment,
// only to find out the folder of the second. It runs the second as the boot script of each
// worker.
const (
	ShimProbe = "riffle-python"
	ShimBoot  = "pyflink-udf-runner.sh"
)

// tokenFile contains the token of the host.
const tokenFile = "riffle-token"

// loopbackVariable is the environment variable in which Flink passes the address of the host.
const loopbackVariable = "PYTHON_LOOPBACK_SERVER_ADDRESS"

// installShim puts riffle's own executable into dir under the shim's names, and the token
// next to it. It creates a hard link, which keeps the file when `go run` deletes the
// executable. On another file system it creates a copy.
func installShim(dir, token string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := removeShim(dir); err != nil { // left by a session that was killed
		return err
	}
	probe := filepath.Join(dir, ShimProbe)
	if err := os.Link(self, probe); err != nil {
		if err := copyExecutable(self, probe); err != nil {
			return err
		}
	}
	if err := os.Symlink(ShimProbe, filepath.Join(dir, ShimBoot)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, tokenFile), []byte(token), 0o600)
}

func removeShim(dir string) error {
	var errs []error
	for _, name := range []string{ShimProbe, ShimBoot, tokenFile} {
		if err := os.Remove(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func copyExecutable(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// ShimName reports whether a program that was started under this name has to run Shim, and nothing
// else.
func ShimName(argv0 string) bool {
	name := filepath.Base(argv0)
	return name == ShimProbe || name == ShimBoot
}

// Shim returns the main function of the shim. args are the program's arguments, beginning with its
// name, and environ is its environment. It returns the exit code.
func Shim(args, environ []string) int {
	// Not os.Executable: we need the folder of the link, not of its target.
	dir := filepath.Dir(args[0])
	if isProbe(args) {
		fmt.Println(dir)
		return 0
	}
	env := environment(environ)
	if err := boot(dir, args[1:], env); err != nil {
		report(err, env["BOOT_LOG_DIR"])
		return 1
	}
	return 0
}

// isProbe reports whether Flink asks for the folder of the boot script. Its probe is a Python program that prints
// the folder of the pyflink package. Flink reads stdout and stderr as one text, so nothing else may be printed.
func isProbe(args []string) bool { return len(args) > 1 && args[1] == "-c" }

// boot asks the host for a worker and waits until it has ended.
func boot(dir string, args []string, env map[string]string) error {
	id, provision := flagValue(args, "id"), flagValue(args, "provision_endpoint")
	if id == "" || provision == "" {
		return fmt.Errorf("shim: started with %q, which is neither Flink's probe nor its boot script", args)
	}
	address := env[loopbackVariable]
	if address == "" {
		return errors.New("shim: the job has no python.loopback-server.address: start it from a riffle session")
	}
	token, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil {
		return fmt.Errorf("shim: the session that this job belongs to has ended: %w", err)
	}
	conn, err := dial(address)
	if err != nil {
		return fmt.Errorf("shim: %w", err)
	}
	defer conn.Close()
	ctx := metadata.AppendToOutgoingContext(context.Background(), tokenKey, string(token))
	reply, err := fnpb.NewBeamFnExternalWorkerPoolClient(conn).StartWorker(ctx, &fnpb.StartWorkerRequest{
		WorkerId:          id,
		ProvisionEndpoint: &pipepb.ApiServiceDescriptor{Url: provision},
		Params:            map[string]string{queryVariable: env[queryVariable], zoneVariable: env[zoneVariable]},
	})
	if status.Code(err) == codes.Unavailable {
		return fmt.Errorf("shim: the session that this job belongs to has ended: %w", err)
	}
	if err != nil {
		return fmt.Errorf("shim: start worker: %w", err)
	}
	if reply.GetError() != "" {
		return errors.New(reply.GetError())
	}
	return nil
}

// report writes an error to the file in which Flink looks for the reason if a worker does not
// start, and to stderr, which Flink discards but a person may see.
func report(err error, logDir string) {
	fmt.Fprintln(os.Stderr, err)
	if logDir != "" {
		// Flink created the folder, so a failure here could not be reported.
		_ = os.WriteFile(filepath.Join(logDir, "flink-python-udf-boot.log"), []byte(err.Error()+"\n"), 0o600)
	}
}

// flagValue returns the value of --name=value. Flink passes more flags than we know, and newer
// versions may pass others.
func flagValue(args []string, name string) string {
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			return v
		}
	}
	return ""
}

func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok {
			env[k] = v
		}
	}
	return env
}
