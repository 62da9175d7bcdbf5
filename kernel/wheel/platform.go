package main

import (
	"fmt"
	"regexp"
)

// platform is a machine that riffle is built for, with Python's tags for it.
type platform struct{ goos, goarch, tags string }

// platforms are the platforms that riffle's build is checked for. On Linux the program is
// static, so it runs with every C library. The other versions are the oldest on which Go's
// programs run.
//
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
var platforms = [...]platform{
	{"linux", "amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"},
	{"linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"},
	{"darwin", "amd64", "macosx_12_0_x86_64"},
	{"darwin", "arm64", "macosx_12_0_arm64"},
	{"windows", "amd64", "win_amd64"},
	{"windows", "arm64", "win_arm64"},
}

func (p platform) name() string { return p.goos + "/" + p.goarch }

// program returns the file's name.
func (p platform) program() string {
	if p.goos == "windows" {
		return "riffle.exe"
	}
	return "riffle"
}

var (
	release = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.?(\d+))?(\+dirty)?$`)
	pseudo  = regexp.MustCompile(`^v(\d+\.\d+\.\d+)-(?:[\w.]+\.)?(\d{14})-([0-9a-f]{12})(\+dirty)?$`)
)

// versionOf converts a Go version to the form of PEP 440: a tag, or a commit by its time.
func versionOf(version string) (string, error) {
	local := func(parts ...string) string {
		text := ""
		for _, part := range parts {
			switch {
			case part == "":
			case text == "":
				text = "+" + part
			default:
				text += "." + part
			}
		}
		return text
	}
	dirty := map[string]string{"+dirty": "dirty"}
	if version == "" || version == "(devel)" {
		return "0.dev0", nil // built without git
	}
	if m := pseudo.FindStringSubmatch(version); m != nil {
		return m[1] + ".dev" + m[2] + local(m[3], dirty[m[4]]), nil
	}
	if m := release.FindStringSubmatch(version); m != nil {
		stage := map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[m[2]]
		return m[1] + stage + m[3] + local(dirty[m[4]]), nil
	}
	return "", fmt.Errorf("the version of the build, %s, is not valid in Python: set one with --version", version)
}
