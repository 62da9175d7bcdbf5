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

// needed is the Flink that FLINK_HOME may be.
const needed = "2.3"

// fromHome makes a distribution of the Flink in FLINK_HOME: of all jars in its
// lib, where users put their connectors, and flink-python from its opt. The
// unpacked planner is kept in the cache folder.
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
	planner, lib, err := homePlanner(home, version, cache, lib)
	if err != nil {
		return nil, err
	}
	// Flink's own scripts put flink-dist last: a jar that a user adds wins.
	dist := find(lib, "flink-dist")
	lib = append(slices.Delete(slices.Clone(lib), dist, dist+1), lib[dist])
	return &Distribution{Version: version, Origin: Home, Dir: home, ClassPath: append([]string{planner}, lib...)}, nil
}

// homeVersion tells the version by the name of flink-dist's jar, or, where it
// has been renamed, by its manifest.
func homeVersion(home string, lib []string) (string, error) {
	i := find(lib, "flink-dist")
	if i < 0 {
		return "", fmt.Errorf("FLINK_HOME=%s holds no lib/flink-dist-*.jar: set it to the folder of a Flink %s, or unset it to let riffle fetch one", home, needed)
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
	if version != needed && !strings.HasPrefix(version, needed+".") {
		return "", fmt.Errorf("FLINK_HOME=%s is Flink %s, riffle needs %s: set it to one, or unset it to let riffle fetch one", home, version, needed)
	}
	return version, nil
}

// versionInName leaves out a Scala version: flink-dist_2.12-1.13.6.jar.
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

// homePlanner returns the planner to put first and the other jars. A user may
// have put the planner itself in its loader's place, as Flink's manual says.
func homePlanner(home, version, cache string, lib []string) (planner string, rest []string, err error) {
	without := func(i int) []string { return slices.Delete(slices.Clone(lib), i, i+1) }
	i := find(lib, "flink-table-planner-loader")
	if i < 0 {
		if i = find(lib, "flink-table-planner"); i < 0 {
			return "", nil, incomplete(home, "lib/flink-table-planner-loader-"+version+".jar")
		}
		return lib[i], without(i), nil
	}
	loader := lib[i]
	info, err := os.Stat(loader)
	if err != nil {
		return "", nil, fmt.Errorf("FLINK_HOME: %w", err)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", loader, info.Size(), info.ModTime().UnixNano()))
	dir := filepath.Join(cache, fmt.Sprintf("planner-%x", key[:6]))
	planner = filepath.Join(dir, plannerJar)
	if plannerHasSize(loader, planner) {
		return planner, without(i), nil
	}
	err = os.MkdirAll(dir, 0o755)
	if err == nil {
		err = unpackPlanner(loader, planner, func(int64, int64) {})
	}
	if err != nil {
		return "", nil, fmt.Errorf("FLINK_HOME's planner is unpacked into %s: %w: make room there and let it be written", dir, err)
	}
	return planner, without(i), nil
}

func incomplete(home, part string) error {
	return fmt.Errorf("FLINK_HOME=%s holds no %s: set it to a whole Flink %s, or unset it to let riffle fetch one", home, part, needed)
}

// jarsIn lists the jars of a folder by name; one that cannot be read has none.
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
	return slices.IndexFunc(jars, func(path string) bool {
		rest, ok := strings.CutPrefix(filepath.Base(path), artifact)
		return ok && afterArtifact.MatchString(rest)
	})
}

// afterArtifact keeps flink-table-planner apart from flink-table-planner-loader.
var afterArtifact = regexp.MustCompile(`^(_[\d.]+)?(-\d.*)?\.jar$`)
