package dist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// OldestJava is the oldest Java on which riffle starts Flink 2.3.
const OldestJava = 17

// Java is a Java runtime.
type Java struct {
	Path    string // the java binary itself, with links and version managers resolved
	Version int    // 17
	Release string // the full version, "17.0.15+6-Debian-1deb12u1", on which a class-data archive depends
	Vendor  string // "" if unknown
	Warning string // "" for the versions that Flink 2.3 supports, 17 and 21
}

// FindJava returns the Java of JAVA_HOME, or the one in PATH. If the file named release, which every JDK
// has since 9, contains the version, FindJava does not start Java.
func FindJava(ctx context.Context) (Java, error) {
	const install = "install Java 17 or 21, or set JAVA_HOME to one"
	path, err := javaBinary()
	if err != nil {
		return Java{}, fmt.Errorf("%w: %s", err, install)
	}
	java, err := readRelease(path)
	if err != nil {
		if java, err = askJava(ctx, path); err != nil {
			return Java{}, fmt.Errorf("%s does not report its version: %w: %s", path, err, install)
		}
	}
	switch {
	case java.Version < OldestJava:
		return Java{}, fmt.Errorf("%s is Java %d, Flink %s needs 17 or 21: %s", path, java.Version, Version, install)
	case java.Version != 17 && java.Version != 21:
		java.Warning = fmt.Sprintf("%s is Java %d; Flink %s supports Java 17 and 21", path, java.Version, Version)
	}
	return java, nil
}

func javaBinary() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		path, err := exec.LookPath(filepath.Join(home, "bin", "java"))
		if err != nil {
			return "", fmt.Errorf("JAVA_HOME=%s has no bin/java", home)
		}
		return filepath.Abs(path)
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return "", errors.New("no java on PATH")
	}
	return filepath.Abs(path)
}

// readRelease reads the file release of the JDK that a binary belongs to.
func readRelease(binary string) (Java, error) {
	binary, err := filepath.EvalSymlinks(binary)
	if err != nil {
		return Java{}, err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(binary)), "release"))
	if err != nil {
		return Java{}, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = strings.Trim(value, `"`)
	}
	return newJava(binary, values["JAVA_VERSION"], values["JAVA_RUNTIME_VERSION"], values["IMPLEMENTOR"])
}

// askJava starts a Java to ask for its version and its home. The java on PATH may be the script
// of a version manager, so its path does not show the home.
func askJava(ctx context.Context, binary string) (Java, error) {
	out, err := exec.CommandContext(ctx, binary, "-XshowSettings:properties", "-version").CombinedOutput()
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return Java{}, fmt.Errorf("%w: %s", err, first)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			values[key] = value
		}
	}
	if real := filepath.Join(values["java.home"], "bin", "java"); values["java.home"] != "" {
		if _, err := os.Stat(real); err == nil {
			binary = real
		}
	}
	return newJava(binary, values["java.version"], values["java.runtime.version"], values["java.vendor"])
}

func newJava(path, version, release, vendor string) (Java, error) {
	major, err := majorVersion(version)
	if err != nil {
		return Java{}, err
	}
	if release == "" {
		release = version
	}
	return Java{Path: path, Version: major, Release: release, Vendor: vendor}, nil
}

// majorVersion reads "17.0.15", "21", "25-ea" and, before Java 9, "1.8.0_292".
func majorVersion(version string) (int, error) {
	digits := strings.TrimPrefix(version, "1.")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	major, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("%q is no version of Java", version)
	}
	return major, nil
}
