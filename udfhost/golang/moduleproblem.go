package golang

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

var (
	checksumMismatch = regexp.MustCompile(`verifying ([^\s:]+(?:/go\.mod)?): checksum mismatch`)
	otherGoSum       = regexp.MustCompile(`(?m)^\t(\S+?):\s+h1:`)
	missingProgram   = regexp.MustCompile(`(?i)exec: "([^"]+)": executable file not found|missing (\w+) command`)
	needsNewerGo     = regexp.MustCompile(`(\S+) requires go >= ([0-9.a-z]+)`)
)

// refusal is the answer of some servers to a request for what they do not have, or do not let everybody have.
const refusal = "403 Forbidden"

// Texts by which the go command's errors are told apart. It has no codes for them.
var (
	unreachable = []string{
		"dial tcp", "no such host", "connection refused", "network is unreachable", "i/o timeout", "TLS handshake timeout",
		"proxyconnect", "connection reset", "x509:", "Client.Timeout", "Could not resolve host", "Failed to connect", "Could not connect",
	}
	unauthorized = []string{"could not read Username", "terminal prompts disabled", "Permission denied", "Authentication failed", "401 Unauthorized"}
	// ofOther begin the lines about a module or package that the module itself needs.
	ofOther  = []string{" imports\n", " requires\n"}
	notFound = []string{
		"404 Not Found", "410 Gone", "unknown revision", "no matching versions", "unrecognized import path", "invalid version",
		"no such file or directory", "not found", "does not contain package", "cannot find module", "no required module provides",
		refusal,
	}
)

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// explain turns an error of the go command about a request into one line with the next step.
func (g *getting) explain(ctx context.Context, r request, err error) error {
	failed := (*toolError)(nil)
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	text := failed.text
	if m := checksumMismatch.FindStringSubmatch(text); m != nil {
		recorded := "go.sum"
		for _, other := range otherGoSum.FindAllStringSubmatch(text, -1) {
			if other[1] != "downloaded" {
				recorded = other[1]
			}
		}
		return fmt.Errorf("the checksum of %s is not the one in %s, so it was not added: somebody has changed it since; "+
			"use another version, or delete the download with go clean -modcache if it was damaged", m[1], recorded)
	}
	if m := needsNewerGo.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s needs Go %s, and functions are compiled with Go %s: use an older version of the module, or install Go %s",
			m[1], m[2], strings.TrimPrefix(g.tools.version, "go"), m[2])
	}
	line := firstProblem(failed)
	program := missingProgram.FindStringSubmatch(text)
	switch {
	case program != nil:
		return fmt.Errorf("the go command needs %s to download %s, and it is not in PATH: install it, or set GOPROXY to a server that has the module",
			strings.ToLower(program[1]+program[2]), r)
	case strings.Contains(text, "GOPROXY=off"):
		return fmt.Errorf("%s is not in Go's module cache, and GOPROXY is off: go env -w GOPROXY=… allows downloads", r)
	case containsAny(text, unreachable):
		return fmt.Errorf("the source of modules does not answer (%s): check the network, and what go env GOPROXY says", line)
	case containsAny(text, unauthorized):
		return fmt.Errorf("the source of %s asks for a login (%s): set one up that go get can use without asking, such as .netrc or an SSH key", r.path, line)
	case !containsAny(text, notFound) || containsAny(text, ofOther) || strings.Contains(text, "must match major version") || strings.Contains(text, "should be v"):
		return errors.New(line)
	}
	path, newest := g.newest(ctx, r.path)
	refused := strings.Contains(text, refusal)
	major := semver.Major(r.version)
	_, suffix, _ := module.SplitPathVersion(path)
	switch {
	case refused && path == "":
		return errors.New(line)
	case refused:
		return fmt.Errorf("%s; the newest version that it lets you have is %s", line, newest)
	case path == "":
		return fmt.Errorf("there is no module %s: a module has the first elements of the paths of its packages, such as golang.org/x/text", r.path)
	case strings.Contains(text, "does not contain package"):
		return fmt.Errorf("module %s has no package %s", path, r.path)
	case suffix == "" && major != "" && major != "v0" && major != "v1":
		return fmt.Errorf("%s has no version %s; its newest is %s, and modules from v2 on have another path: try %s/%s", path, r.version, newest, path, major)
	}
	return fmt.Errorf("%s has no version %s; its newest is %s", path, r.version, newest)
}

// newest finds the module that contains a path. It returns the module and its newest version, or "" if there is no such module.
func (g *getting) newest(ctx context.Context, path string) (module, version string) {
	for ; strings.Contains(path, "/"); path = path[:strings.LastIndex(path, "/")] {
		out, err := g.run(ctx, "list", "-mod=mod", "-m", "-json=Path,Version", path+"@"+latest)
		var found struct{ Path, Version string }
		if err == nil && json.Unmarshal(out, &found) == nil && found.Version != "" {
			return found.Path, found.Version
		}
	}
	return "", ""
}

// progress begins the lines in which the go command says what it does.
var progress = regexp.MustCompile(`^(?:#|(?:downloading|finding|added|upgraded|downgraded|removed) |warning: )`)

// firstProblem returns the first line of the go command's that is about a problem, without its prefix, and with the
// lines that continue it.
func firstProblem(failed *toolError) string {
	for line := range strings.Lines(strings.ReplaceAll(failed.text, "\n\t", " ")) {
		line = strings.TrimPrefix(strings.Join(strings.Fields(line), " "), "go: ")
		if line != "" && !progress.MatchString(line) {
			return line
		}
	}
	return fmt.Sprintf("the go command failed without a message: %v", failed.cause)
}
