package dist

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
)

//go:embed artifacts.txt
var artifactsList string

//go:embed wheel.txt
var wheelList string

// edition is a pinned set of jars that together are a Flink, and the way to fetch them. Maven's
// and pip's sets differ, because the same release was built twice.
type edition struct {
	folder   string // name of its folder in the cache
	jars     []jar  // in the order of the class path, the planner's loader first
	download int64  // bytes that a fetch brings
	// wholesale: a fetch downloads all jars, even if only a few are missing.
	wholesale bool
	fetcher   func(context.Context) (fetcher, error)
}

// fetcher downloads jars of its edition to this machine. The function that finds it returns an
// error that wraps exec.ErrNotFound if the program for it is not installed.
type fetcher interface {
	// fetch downloads the missing jars under their names into folder stage, which is empty, and
	// writes the output of its child processes to log. It need not check the jars. It calls
	// report with the bytes and the jars that have arrived so far.
	fetch(ctx context.Context, want []jar, stage string, log *os.File, report func(bytes int64, jars int)) error
	// source tells a user what to do about a downloaded jar that is wrong.
	source(j jar) string
}

// jar is a pinned file.
type jar struct {
	coordinate string // group:artifact:version, or the path in the wheel
	name       string // of the file
	sum        [sha256.Size]byte
	size       int64
}

// matches reports whether the file at path is the jar. The error says how it differs, or why it
// cannot be read.
func (j jar) matches(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != j.size {
		return fmt.Errorf("%s has %d bytes, not %d", path, info.Size(), j.size)
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if sum := h.Sum(nil); string(sum) != string(j.sum[:]) {
		return fmt.Errorf("%s has SHA-256 %.12x…, not %.12x…", path, sum, j.sum)
	}
	return nil
}

// mavenEdition is Maven's set of jars: artifacts.txt.
func mavenEdition() (edition, error) {
	e, err := parseEdition(artifactsList, mavenName)
	if err != nil {
		return edition{}, fmt.Errorf("artifacts.txt: %w", err)
	}
	for _, j := range e.jars {
		e.download += j.size
	}
	e.fetcher = func(context.Context) (fetcher, error) { return newMaven() }
	return e, nil
}

func mavenName(fields []string) (coordinate, name string, err error) {
	if len(fields) != 3 || strings.Contains(strings.Join(fields, ""), ":") {
		return "", "", fmt.Errorf("%d fields before the hash, want group, artifact, version", len(fields))
	}
	return strings.Join(fields, ":"), fields[1] + "-" + fields[2] + ".jar", nil
}

// wheelEdition returns the part that riffle needs of the wheel
// apache-flink-libraries: wheel.txt.
func wheelEdition() (edition, error) {
	e, err := parseEdition(wheelList, wheelName)
	if err != nil {
		return edition{}, fmt.Errorf("wheel.txt: %w", err)
	}
	wheel := e.jars[0]
	e.jars, e.download, e.wholesale = e.jars[1:], wheel.size, true
	e.fetcher = func(ctx context.Context) (fetcher, error) { return newPip(ctx, wheel) }
	return e, nil
}

func wheelName(fields []string) (coordinate, name string, err error) {
	if len(fields) != 1 {
		return "", "", fmt.Errorf("%d fields before the hash, want the path in the wheel", len(fields))
	}
	return fields[0], path.Base(fields[0]), nil
}

// parseEdition reads a pin list. Each line is a file; its last two fields are SHA-256 and size,
// and name parses the fields before them. Lines that begin with # are comments.
func parseEdition(list string, name func(fields []string) (coordinate, name string, err error)) (edition, error) {
	var e edition
	number := 0
	for line := range strings.Lines(list) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		j, err := parseJar(fields, name)
		if err != nil {
			return edition{}, fmt.Errorf("line %d: %w", number, err)
		}
		e.jars = append(e.jars, j)
	}
	if len(e.jars) < 2 {
		return edition{}, fmt.Errorf("a list of %d files is no Flink", len(e.jars))
	}
	digest := sha256.Sum256([]byte(list))
	e.folder = "flink-" + Version + "-" + hex.EncodeToString(digest[:6])
	return e, nil
}

func parseJar(fields []string, name func([]string) (string, string, error)) (j jar, err error) {
	if len(fields) < 3 {
		return jar{}, fmt.Errorf("%d fields are too few", len(fields))
	}
	pins := fields[len(fields)-2:]
	if j.coordinate, j.name, err = name(fields[:len(fields)-2]); err != nil {
		return jar{}, err
	}
	if strings.ContainsAny(j.name, `/\`) || j.name == "." || j.name == ".." {
		return jar{}, fmt.Errorf("%q is no name of a file", j.name)
	}
	sum, err := hex.DecodeString(pins[0])
	if err != nil || len(sum) != len(j.sum) {
		return jar{}, fmt.Errorf("%q is no SHA-256", pins[0])
	}
	copy(j.sum[:], sum)
	if j.size, err = strconv.ParseInt(pins[1], 10, 64); err != nil || j.size <= 0 {
		return jar{}, fmt.Errorf("%q is no size", pins[1])
	}
	return j, nil
}
