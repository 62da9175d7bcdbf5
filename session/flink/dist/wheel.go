package dist

import (
	"archive/zip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"riffle/udfhost/wholefile"
)

// pip downloads the wheel of PyFlink's jars, apache-flink-libraries, and extracts the missing
// ones. No Python code runs except pip itself.
type pip struct {
	command []string
	wheel   jar
}

func newPip(ctx context.Context, wheel jar) (*pip, error) {
	if python, err := exec.LookPath("python3"); err == nil {
		if exec.CommandContext(ctx, python, "-m", "pip", "--version").Run() == nil {
			return &pip{[]string{python, "-m", "pip"}, wheel}, nil
		}
	}
	for _, name := range []string{"pip3", "pip"} {
		if path, err := exec.LookPath(name); err == nil {
			return &pip{[]string{path}, wheel}, nil
		}
	}
	return nil, fmt.Errorf("pip: %w", exec.ErrNotFound)
}

func (p *pip) fetch(ctx context.Context, want []jar, stage string, log *os.File, report func(bytes int64, jars int)) error {
	download := filepath.Join(stage, "download")
	if err := os.Mkdir(download, 0o755); err != nil {
		return err
	}
	args := append(p.command[1:],
		"download", "apache-flink-libraries=="+Version, "--no-deps", "--dest", download,
		// The same wheel suits every Python, and even an old pip need not build it.
		"--only-binary", ":all:", "--python-version", "3.11",
		"--progress-bar", "off", "--disable-pip-version-check", "--no-input")
	cmd := exec.Command(p.command[0], args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+download) // where pip writes during a download
	err := run(ctx, cmd, log, func() { report(min(treeSize(download), p.wheel.size), 0) })
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f := failure{program: "pip", log: log.Name(), settings: "pip's settings", err: err}
		return f.explain(explainPip(f))
	}
	wheel := filepath.Join(download, p.wheel.name)
	if err := p.wheel.matches(wheel); err != nil {
		return fmt.Errorf("not the pinned wheel: %s: %w", p.source(p.wheel), err)
	}
	return p.unpack(ctx, wheel, want, stage, report)
}

// explainPip finds the reason why pip failed. After a lost connection, pip's only error is that
// the version does not exist.
func explainPip(f failure) string {
	if lost := connectionBroken.FindStringSubmatch(f.decisive("WARNING: Retrying")); lost != nil {
		return lost[1]
	}
	return f.decisive("ERROR:")
}

// connectionBroken finds the reason in the Python expression that pip prints.
var connectionBroken = regexp.MustCompile(`connection broken by .*?(\w[^<>'"(]*)['"]?\)['"]?: `)

func (p *pip) source(jar) string {
	return "the index in pip's settings has a wheel that differs from PyPI's apache-flink-libraries " + Version
}

// unpack extracts the missing jars from the wheel.
func (p *pip) unpack(ctx context.Context, wheel string, want []jar, stage string, report func(bytes int64, jars int)) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("open %s: %w", wheel, err)
	}
	defer z.Close()
	for i, j := range want {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		report(p.wheel.size, i)
		in, err := z.Open(j.coordinate)
		if err != nil {
			return fmt.Errorf("unpack %s: %w", p.wheel.name, err)
		}
		err = wholefile.Write(filepath.Join(stage, j.name), 0o644, in)
		in.Close()
		if err != nil {
			return fmt.Errorf("unpack %s: %w", p.wheel.name, err)
		}
	}
	report(p.wheel.size, len(want))
	return nil
}

// treeSize adds the sizes of all files below dir that last long enough.
func treeSize(dir string) (sum int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
