package dist

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// neededVersion is the version that the Flink in FLINK_HOME must have.
const neededVersion = "2.3"

// fromHome returns a distribution of the Flink in FLINK_HOME: all jars in its lib folder, where
// users put their connectors, and flink-python from its opt folder. Jars nested in them are
// unpacked into the cache folder.
func fromHome(home, cache string) (*Distribution, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return nil, fmt.Errorf("FLINK_HOME: %w", err)
	}
	lib := jarsIn(filepath.Join(home, "lib"))
	version, err := homeVersion(home, lib)
	if err != nil {
		return nil, err
	}
	for _, part := range []string{"flink-table-api-java-uber", "flink-table-runtime"} {
		if find(lib, part) < 0 {
			return nil, incomplete(home, "lib/"+part+"-"+version+".jar")
		}
	}
	if find(lib, "flink-python") < 0 {
		opt := jarsIn(filepath.Join(home, "opt"))
		i := find(opt, "flink-python")
		if i < 0 {
			return nil, incomplete(home, "opt/flink-python-"+version+".jar")
		}
		lib = append(lib, opt[i])
	}
	planner := find(lib, "flink-table-planner-loader")
	if planner < 0 {
		// The planner itself, which users put there according to Flink's manual.
		if planner = find(lib, "flink-table-planner"); planner < 0 {
			return nil, incomplete(home, "lib/flink-table-planner-loader-"+version+".jar")
		}
	}
	// Flink's own scripts put flink-dist last, so a jar that a user adds takes precedence.
	first, last := lib[planner], lib[find(lib, "flink-dist")]
	lib = slices.DeleteFunc(lib, func(jar string) bool { return jar == first || jar == last })
	lib = append(slices.Insert(lib, 0, first), last)
	unpacked := map[string]string{}
	for outer, n := range nestedAmong(lib) {
		if unpacked[outer], err = unpackOfHome(home, cache, outer, n); err != nil {
			return nil, err
		}
	}
	return &Distribution{Version: version, Origin: Home, Dir: home, ClassPath: classPath(lib, unpacked)}, nil
}

// homeVersion reads the version from the name of flink-dist's jar or, if that was renamed, from
// its manifest.
func homeVersion(home string, lib []string) (string, error) {
	i := find(lib, "flink-dist")
	if i < 0 {
		return "", fmt.Errorf("FLINK_HOME=%s has no lib/flink-dist-*.jar: set it to the folder of a Flink %s, or unset it to let riffle fetch one", home, neededVersion)
	}
	var version string
	if name := versionInName.FindStringSubmatch(filepath.Base(lib[i])); name != nil {
		version = name[1]
	} else {
		var err error
		if version, err = implementationVersion(lib[i]); err != nil {
			return "", fmt.Errorf("FLINK_HOME=%s: which version is it? %w", home, err)
		}
	}
	if version != neededVersion && !strings.HasPrefix(version, neededVersion+".") {
		return "", fmt.Errorf("FLINK_HOME=%s is Flink %s, riffle needs %s: set it to one, or unset it to let riffle fetch one", home, version, neededVersion)
	}
	return version, nil
}

// versionInName matches the version without a Scala version: flink-dist_2.12-1.13.6.jar.
var versionInName = regexp.MustCompile(`^flink-dist(?:_[\d.]+)?-(\d+\.\d+.*)\.jar$`)

func implementationVersion(jar string) (string, error) {
	z, err := zip.OpenReader(jar)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", jar, err)
	}
	defer z.Close()
	manifest, err := z.Open("META-INF/MANIFEST.MF")
	if err != nil {
		return "", fmt.Errorf("open %s: %w", jar, err)
	}
	defer manifest.Close()
	for scan := bufio.NewScanner(manifest); scan.Scan(); {
		if version, ok := strings.CutPrefix(scan.Text(), "Implementation-Version: "); ok {
			return strings.TrimSpace(version), nil
		}
	}
	return "", fmt.Errorf("%s names no version in its manifest", jar)
}

// unpackOfHome returns the path of a nested jar in the cache, in a folder that belongs to
// exactly this outer jar. It unpacks the jar if necessary.
func unpackOfHome(home, cache, outer string, n nestedJar) (path string, err error) {
	info, err := os.Stat(outer)
	if err != nil {
		return "", fmt.Errorf("FLINK_HOME: %w", err)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", outer, info.Size(), info.ModTime().UnixNano()))
	dir := filepath.Join(cache, fmt.Sprintf("%s-%x", strings.TrimSuffix(n.entry, ".jar"), key[:6]))
	path = filepath.Join(dir, n.entry)
	if hasRecordedSize(path) {
		return path, nil
	}
	jar, err := n.open(outer)
	if err != nil {
		return "", fmt.Errorf("FLINK_HOME=%s is incomplete: %w: set it to a complete Flink %s, or unset it to let riffle fetch one", home, err, neededVersion)
	}
	defer jar.reader.Close()
	err = os.MkdirAll(dir, 0o755)
	if err == nil {
		err = jar.unpack(path, func(int64) {})
	}
	if err != nil {
		return "", fmt.Errorf("a part of FLINK_HOME is unpacked into %s: %w: make room there and let it be written", dir, err)
	}
	return path, nil
}

func incomplete(home, part string) error {
	return fmt.Errorf("FLINK_HOME=%s has no %s: set it to a complete Flink %s, or unset it to let riffle fetch one", home, part, neededVersion)
}

// jarsIn lists the jars of a folder by name. A folder that cannot be read has no jars.
func jarsIn(dir string) (jars []string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), ".jar") {
			jars = append(jars, filepath.Join(dir, entry.Name()))
		}
	}
	return jars
}

// find returns the index of the jar of an artifact, or -1.
func find(jars []string, artifact string) int {
	return slices.IndexFunc(jars, func(path string) bool { return isJarOf(path, artifact) })
}

func isJarOf(path, artifact string) bool {
	rest, ok := strings.CutPrefix(filepath.Base(path), artifact)
	return ok && afterArtifact.MatchString(rest)
}

// afterArtifact distinguishes flink-table-planner from flink-table-planner-loader.
var afterArtifact = regexp.MustCompile(`^(_[\d.]+)?(-\d.*)?\.jar$`)
