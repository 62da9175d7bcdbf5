package dist

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// copyDependencies is the goal that Maven runs, in a pinned version. It needs Maven 3.2.5.
const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"

// maven fetches with the mvn on PATH, so the user's settings select the mirror, the proxy and
// the password. Maven's local repository keeps every downloaded jar, so an interrupted fetch
// can continue.
type maven struct {
	mvn        string
	repository string // Maven's local one; "" until its log shows it
}

func newMaven() (*maven, error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return nil, err
	}
	return &maven{mvn: mvn}, nil
}

func (m *maven) fetch(ctx context.Context, want []jar, stage string, log *os.File, report func(bytes int64, jars int)) error {
	pom := filepath.Join(stage, "pom.xml")
	if err := os.WriteFile(pom, project(want), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(m.mvn,
		"-B", // no questions
		"-X", // logs where the local repository is
		"-U", // a failure of an earlier try does not count
		"-Dstyle.color=never",
		"-f", pom, copyDependencies, "-DoutputDirectory="+stage)
	cmd.Dir = stage
	err := run(ctx, cmd, log, func() {
		m.locate(log.Name())
		report(m.arrived(want, stage))
	})
	m.locate(log.Name())
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f := failure{program: "mvn", log: log.Name(), settings: "Maven's settings.xml", err: err}
		return f.explain(explainMaven(f))
	}
	report(m.arrived(want, stage))
	return nil
}

func (m *maven) source(j jar) string {
	return fmt.Sprintf("delete %s and start again; if it came from the mirror in Maven's settings.xml, the mirror has a wrong file", m.folder(j))
}

// project returns a pom of exactly these jars. Their dependencies are pinned as well, so the pom
// excludes them.
func project(jars []jar) []byte {
	var b strings.Builder
	element := func(name, text string) {
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
		b.WriteString("</" + name + ">")
	}
	b.WriteString("<project><modelVersion>4.0.0</modelVersion><groupId>riffle</groupId>" +
		"<artifactId>flink</artifactId><version>1</version><packaging>pom</packaging>\n<dependencies>\n")
	for _, j := range jars {
		part := strings.Split(j.coordinate, ":")
		b.WriteString("<dependency>")
		element("groupId", part[0])
		element("artifactId", part[1])
		element("version", part[2])
		b.WriteString("<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>\n")
	}
	b.WriteString("</dependencies></project>\n")
	return []byte(b.String())
}

// localRepository matches a line of mvn -X, of Maven 3 and of Maven 4.
var localRepository = regexp.MustCompile(`(?m)^\[DEBUG\] Using (?:local repository at|manager EnhancedLocalRepositoryManager with priority [\d.]+ for) (.+?)\r?$`)

func (m *maven) locate(log string) {
	if m.repository != "" {
		return
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return // only the progress is less precise
	}
	if line := localRepository.FindSubmatch(text); line != nil {
		m.repository = string(line[1])
	}
}

// folder returns the folder of the jar in the local repository.
func (m *maven) folder(j jar) string {
	part := strings.Split(j.coordinate, ":")
	return filepath.Join(m.repository, filepath.FromSlash(strings.ReplaceAll(part[0], ".", "/")), part[1], part[2])
}

// arrived measures what Maven has downloaded of the jars: mvn does not report progress in a
// form that a program could read, but its files grow. A download in progress has the jar's name
// and a suffix.
func (m *maven) arrived(want []jar, stage string) (bytes int64, jars int) {
	for _, j := range want {
		var has int64
		if info, err := os.Stat(filepath.Join(stage, j.name)); err == nil {
			has = info.Size()
		} else if m.repository != "" {
			files, _ := os.ReadDir(m.folder(j)) // not there yet: no files
			for _, file := range files {
				if info, err := file.Info(); err == nil && strings.HasPrefix(file.Name(), j.name) {
					has = max(has, info.Size())
				}
			}
		}
		if has >= j.size {
			has = j.size
			jars++
		}
		bytes += has
	}
	return bytes, jars
}

// explainMaven finds the reason why mvn failed, without the text around it.
func explainMaven(f failure) string {
	line, _, _ := strings.Cut(f.decisive("[ERROR]"), " -> [Help")
	line = saidTwice.ReplaceAllString(line, "")
	for _, start := range []string{"Could not transfer artifact", "Could not find artifact"} {
		if i := strings.LastIndex(line, start); i >= 0 {
			return line[i:]
		}
	}
	return line
}

// saidTwice matches the address of a file, which Maven repeats after the file's name and
// mirror.
var saidTwice = regexp.MustCompile(`transfer failed for \S+: `)
