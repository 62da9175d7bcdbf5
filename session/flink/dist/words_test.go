package dist

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The logs are what Maven 3.8 and pip 23 really print.
func TestOneLineOfALog(t *testing.T) {
	const mavenRefused = "\x1b[0m[DEBUG] Using local repository at /home/ada/.m2/repository\n" +
		"[ERROR] Plugin org.apache.maven.plugins:maven-dependency-plugin:3.6.1 or one of its dependencies could not be resolved: Failed to read artifact descriptor for org.apache.maven.plugins:maven-dependency-plugin:jar:3.6.1: Could not transfer artifact org.apache.maven.plugins:maven-dependency-plugin:pom:3.6.1 from/to m (http://127.0.0.1:9/x): transfer failed for http://127.0.0.1:9/x/org/apache/maven/plugins/maven-dependency-plugin/3.6.1/maven-dependency-plugin-3.6.1.pom: Connect to 127.0.0.1:9 [/127.0.0.1] failed: Connection refused -> [Help 1]\n" +
		"org.apache.maven.plugin.PluginResolutionException: Plugin\n[ERROR] \n[ERROR] For more information\n"
	const pipRefused = `Looking in indexes: http://127.0.0.1:9/simple
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f245cdf7a10>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/apache-flink-libraries/
ERROR: Could not find a version that satisfies the requirement apache-flink-libraries==2.3.0 (from versions: none)
`
	for _, c := range []struct{ name, program, log, want string }{
		{"mirror refuses", "mvn", mavenRefused,
			"mvn failed: Could not transfer artifact org.apache.maven.plugins:maven-dependency-plugin:pom:3.6.1 from/to m (http://127.0.0.1:9/x): Connect to 127.0.0.1:9 [/127.0.0.1] failed: Connection refused: check the network, or the mirror in SETTINGS, and start again"},
		{"disk is full for pip", "pip", "Collecting x\nERROR: Exception:\nTraceback (most recent call last):\n  raise failed\nOSError: [Errno 28] No space left on device\n",
			"pip failed: OSError: [Errno 28] No space left on device: make room on the disk and start again"},
		{"disk is full", "mvn", "[ERROR] Failed to execute goal org.apache:copy: Error copying artifact from a to b: No space left on device -> [Help 1]\n",
			"mvn failed: Failed to execute goal org.apache:copy: Error copying artifact from a to b: No space left on device: make room on the disk and start again"},
		{"no java for it", "mvn", "The JAVA_HOME environment variable is not defined correctly,\nthis environment variable is needed to run this program.\n",
			"mvn failed: The JAVA_HOME environment variable is not defined correctly: see LOG"},
		{"says little", "mvn", "one\ntwo\n\n", "mvn failed: two: see LOG"},
		{"says nothing", "mvn", "", "mvn failed: exit status 1: see LOG"},
		{"index refuses", "pip", pipRefused,
			"pip failed: Failed to establish a new connection: [Errno 111] Connection refused: check the network, or the mirror in SETTINGS, and start again"},
		{"index is another", "pip", "ERROR: No matching distribution found for apache-flink-libraries==2.3.0\n",
			"pip failed: No matching distribution found for apache-flink-libraries==2.3.0: see LOG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "fetch.log")
			if err := os.WriteFile(log, []byte(c.log), 0o644); err != nil {
				t.Fatal(err)
			}
			f := failure{program: c.program, log: log, settings: "SETTINGS", err: errExit{}}
			words := explainMaven
			if c.program == "pip" {
				words = explainPip
			}
			got := strings.ReplaceAll(f.explain(words(f)).Error(), log, "LOG")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

type errExit struct{}

func (errExit) Error() string { return "exit status 1" }

func TestALongLineIsCut(t *testing.T) {
	f := failure{program: "mvn", log: "LOG", settings: "SETTINGS"}
	got := f.explain(strings.Repeat("ü", 500) + strings.Repeat("ß", 500)).Error()
	if want := "mvn failed: " + strings.Repeat("ü", 150) + " … " + strings.Repeat("ß", 150) + ": see LOG"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestMavenTellsItsRepository(t *testing.T) {
	for name, log := range map[string]string{
		"Maven 3": "[DEBUG] Message scheme: plain\n[DEBUG] Using local repository at /home/ada/my repo\n[DEBUG] x\n",
		"Maven 4": "[DEBUG] Using manager EnhancedLocalRepositoryManager with priority 10.0 for /home/ada/my repo\n",
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(log), 0o644); err != nil {
			t.Fatal(err)
		}
		var m maven
		if m.locate(path); m.repository != "/home/ada/my repo" {
			t.Errorf("%s: repository %q", name, m.repository)
		}
	}
}
