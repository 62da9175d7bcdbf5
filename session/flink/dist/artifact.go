package dist

import (
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Artifact is a Maven artifact, group:artifact:version, such as a connector or a format. It includes the
// jars that it depends on.
type Artifact struct{ group, artifact, version string }

func (a Artifact) String() string { return a.group + ":" + a.artifact + ":" + a.version }

var (
	coordinatePart = regexp.MustCompile(`^\w[\w.-]*$`)
	changingOnes   = regexp.MustCompile(`(?i)-SNAPSHOT$|^(LATEST|RELEASE)$`)
)

// ParseArtifact reads group:artifact:version.
func ParseArtifact(text string) (Artifact, error) {
	parts := strings.Split(text, ":")
	for _, part := range parts {
		if len(parts) != 3 || !coordinatePart.MatchString(part) {
			return Artifact{}, fmt.Errorf("%s is not a Maven artifact: write group:artifact:version, such as org.apache.flink:flink-sql-avro:%s", text, Version)
		}
	}
	if changingOnes.MatchString(parts[2]) {
		return Artifact{}, fmt.Errorf("%s is another one from day to day, and jars are kept by their version: name one, or ADD JAR its file", text)
	}
	return Artifact{parts[0], parts[1], parts[2]}, nil
}

// provided lists artifacts of Flink that its jars contain under other names than those of the
// edition. A dependency on one of them is already satisfied.
var provided = []string{
	"flink-table-common", "flink-table-api-java", "flink-table-api-java-bridge", "flink-table-api-bridge-base",
	"flink-table-api-scala_2.12", "flink-table-api-scala-bridge_2.12", "flink-table-planner_2.12", "flink-table-calcite-bridge",
	"flink-sql-parser", "flink-dist", "flink-rpc-akka", "flink-scala_2.12", "flink-streaming-scala_2.12", "flink-shaded-force-shading",
}

// Jars returns the files of an artifact and of all its runtime dependencies that Flink does not contain.
// Maven downloads them into the cache once. Jars calls say with lines about its progress.
func (a Artifact) Jars(ctx context.Context, o Options, say func(string)) ([]string, error) {
	cache, err := o.cacheDir()
	if err != nil {
		return nil, err
	}
	has, err := ofFlink()
	if err != nil {
		return nil, err
	}
	if a.group == flinkGroup && slices.Contains(has, a.artifact) {
		return nil, fmt.Errorf("%s is a part of Flink, and there already", a.artifact)
	}
	pom, err := a.project(has)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(pom)
	f := folder{dir: filepath.Join(cache, "jars", fmt.Sprintf("%s-%s-%x", a.artifact, a.version, digest[:6]))}
	if f.isComplete() {
		return jarsIn(f.dir), nil
	}
	if o.Offline {
		return nil, fmt.Errorf("%s is not in %s", a, filepath.Dir(f.dir))
	}
	m, err := newMaven()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s needs Maven, and mvn was not found: install Maven, or ADD JAR '/path/to/the.jar'", a)
	}
	if err != nil {
		return nil, err
	}
	if err := a.fill(ctx, f, m, pom, say); err != nil {
		return nil, err
	}
	return jarsIn(f.dir), nil
}

// fill completes the folder.
func (a Artifact) fill(ctx context.Context, f folder, m *maven, pom []byte, say func(string)) error {
	unwritable := func(err error) error { return fmt.Errorf("keep %s in %s: %w", a, f.dir, err) }
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return unwritable(err)
	}
	unlock, err := f.lock(ctx, func(Progress) { say("waiting for another riffle that fetches " + a.String()) })
	if err != nil {
		return err
	}
	defer unlock()
	if f.isComplete() {
		return nil
	}
	stage, err := os.MkdirTemp(filepath.Dir(f.dir), "stage-*")
	if err != nil {
		return unwritable(err)
	}
	defer os.RemoveAll(stage)
	log, err := os.Create(f.dir + ".log")
	if err != nil {
		return unwritable(err)
	}
	defer log.Close()
	if err := a.fetch(ctx, m, stage, pom, log, say); err != nil {
		_ = os.Remove(f.dir) // it is empty
		return err
	}
	for _, jar := range jarsIn(stage) {
		if err := os.Rename(jar, f.path(filepath.Base(jar))); err != nil {
			return unwritable(err)
		}
	}
	if err := os.WriteFile(f.path(marker), []byte(a.String()+"\n"), 0o644); err != nil {
		return unwritable(err)
	}
	_ = os.Remove(log.Name()) // it is of use only after a failure
	return nil
}

func (a Artifact) fetch(ctx context.Context, m *maven, stage string, pom []byte, log *os.File, say func(string)) error {
	file := filepath.Join(stage, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return err
	}
	cmd := exec.Command(m.mvn, "-B", "-U", "-Dstyle.color=never", "-f", file, copyDependencies,
		"-DoutputDirectory="+stage, "-DincludeScope=runtime")
	cmd.Dir = stage
	say("fetching " + a.String())
	err := run(ctx, cmd, log, func() { say("fetching " + a.String() + downloadCount(log.Name())) })
	switch {
	case err == nil && len(jarsIn(stage)) == 0:
		return fmt.Errorf("%s brings no jar that Flink does not have", a)
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	f := failure{program: "mvn", log: log.Name(), settings: "Maven's settings.xml", err: err}
	line := explainMaven(f)
	if strings.HasPrefix(line, "Could not find artifact") && !network.MatchString(line) {
		return fmt.Errorf("%s: check its name and version at search.maven.org", strings.TrimRight(line, ",.: "))
	}
	return f.explain(line)
}

// downloaded matches the line that Maven prints for each downloaded file.
var downloaded = regexp.MustCompile(`(?m)^\[INFO\] Downloaded from .*\.jar `)

// downloadCount returns how many jars Maven has downloaded, according to its log.
func downloadCount(log string) string {
	text, err := os.ReadFile(log)
	if n := len(downloaded.FindAllIndex(text, -1)); err == nil && n > 0 {
		return fmt.Sprintf(" · %d jars downloaded", n)
	}
	return ""
}

// ofFlink returns the names of the artifacts that Flink contains.
func ofFlink() ([]string, error) {
	edition, err := mavenEdition()
	names := slices.Clone(provided)
	for _, j := range edition.jars {
		if part := strings.Split(j.coordinate, ":"); part[0] == flinkGroup {
			names = append(names, part[1])
		}
	}
	return names, err
}

// project returns a pom that depends on the artifact, without these of Flink's.
func (a Artifact) project(has []string) ([]byte, error) {
	type exclusion struct {
		Group    string `xml:"groupId"`
		Artifact string `xml:"artifactId"`
	}
	type dependency struct {
		Group      string      `xml:"groupId"`
		Artifact   string      `xml:"artifactId"`
		Version    string      `xml:"version"`
		Exclusions []exclusion `xml:"exclusions>exclusion"`
	}
	d := dependency{Group: a.group, Artifact: a.artifact, Version: a.version, Exclusions: []exclusion{
		{"org.slf4j", "*"}, {"log4j", "*"}, {"org.apache.logging.log4j", "*"}, {"ch.qos.logback", "*"}, {"ch.qos.reload4j", "*"},
		{"com.google.code.findbugs", "jsr305"},
	}}
	for _, name := range has {
		d.Exclusions = append(d.Exclusions, exclusion{flinkGroup, name})
	}
	return xml.MarshalIndent(struct {
		XMLName      xml.Name     `xml:"project"`
		Model        string       `xml:"modelVersion"`
		Group        string       `xml:"groupId"`
		Artifact     string       `xml:"artifactId"`
		Version      string       `xml:"version"`
		Packaging    string       `xml:"packaging"`
		Dependencies []dependency `xml:"dependencies>dependency"`
	}{Model: "4.0.0", Group: "riffle", Artifact: "jars", Version: "1", Packaging: "pom", Dependencies: []dependency{d}}, "", " ")
}

const flinkGroup = "org.apache.flink"
