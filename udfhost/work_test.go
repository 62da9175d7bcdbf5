package udfhost_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"riffle/udfhost"
	"riffle/udfhost/operation"
)

// workVariable makes this program a worker whose engine does not open.
const workVariable = "RIFFLE_TEST_WORK"

func openNothing(folder string, jail bool, network string) (operation.Engine, func() error, error) {
	return nil, nil, fmt.Errorf("opened %s, jail %v, network %s", folder, jail, network)
}

// Flink starts a worker in several ways. It finds its functions in the archive's folder, and if it does not start, it
// writes the reason where Flink looks for it.
func TestWorkerIsStarted(t *testing.T) {
	archives, logs := t.TempDir(), t.TempDir()
	folder := filepath.Join(archives, "riffle")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{udfhost.ShimProbe, udfhost.ShimBoot} {
		if err := os.Symlink(self, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	address, id := "--provision_endpoint=localhost:1", "--id=1-1"
	const unclear = "it is Flink that starts it, for a job with Go functions"
	for _, test := range []struct {
		what, program string
		args, env     []string
		stdout, says  string
	}{
		{"the probe", "riffle/riffle-python", []string{"-c", "import pyflink; print(…)"}, nil, folder + "\n", ""},
		{"the boot script", folder + "/pyflink-udf-runner.sh", []string{id, address}, nil, "", "opened " + folder + ", jail true"},
		{"without the jail", folder + "/pyflink-udf-runner.sh", []string{id, address}, []string{"RIFFLE_JAIL=off"}, "", "opened " + folder + ", jail false"},
		{"with a network", folder + "/pyflink-udf-runner.sh", []string{id, address}, []string{"RIFFLE_NETWORK=a.example:1, b.example:2"}, "", "opened " + folder + ", jail true, network a.example:1, b.example:2\n"},
		// The script of an image that has PyFlink, and names its folder in PYFLINK_UDF_RUNNER_DIR.
		{"PyFlink's script", "riffle/riffle-python", []string{"-m", "pyflink.fn_execution.beam.beam_boot", id, address}, nil, "", "opened " + folder + ", jail true"},
		{"a person", self, nil, nil, "", unclear},
		{"a job of a session", folder + "/pyflink-udf-runner.sh", []string{id, address}, []string{"PYTHON_LOOPBACK_SERVER_ADDRESS=localhost:1"}, "", "the session that this job belongs to has ended"},
	} {
		reason := filepath.Join(logs, "flink-python-udf-boot.log")
		if err := os.RemoveAll(reason); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(test.program, test.args...)
		cmd.Dir = archives
		cmd.Env = append([]string{workVariable + "=on", "_PYTHON_WORKING_DIR=" + archives, "BOOT_LOG_DIR=" + logs}, test.env...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || (err == nil) != (test.says == "") {
			t.Errorf("%s: %v", test.what, err)
		}
		written, _ := os.ReadFile(reason) // it is missing if all is well
		if stdout.String() != test.stdout || !strings.Contains(string(written), test.says) || string(written) != stderr.String() {
			t.Errorf("%s: printed %q and %q, wrote %q", test.what, stdout.String(), stderr.String(), written)
		}
	}
}
