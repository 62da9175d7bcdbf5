package jvm

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Two rules for the Java sources, and the exceptions to the second.
// #TestFlinksPrivatePartsHaveOnePlace: what is found by reflection differs between versions of
// Flink, so it is in one class for each version, see Internals.java, and in one class of the jar that
// runs in TaskManagers.
var (
	reflection  = regexp.MustCompile(`setAccessible|getDeclared|Class\.forName|MethodHandles\.\w*[lL]ookup|sun\.misc|\.vendor\.`)
	staticField = regexp.MustCompile(`^\s*((private|protected|public|volatile|transient) )*static [^(]*[;=]`)
	// A constant whose contents change is a field, too.
	staticContents = regexp.MustCompile(` static final .*= new (\w*(Map|List|Set|Queue|Deque)|Atomic\w+|ThreadLocal)\b`)
)

// TestFlinksPrivatePartsHaveOnePlace: what is found by reflection differs between
// versions of Flink, and so has one class for each, see Internals.java.
func TestFlinksPrivatePartsHaveOnePlace(t *testing.T) {
	inside := 0
	eachSourceLine(t, func(path, line string) {
		switch {
		case !reflection.MatchString(line):
		case strings.Contains(path, "/internals/"), strings.HasSuffix(path, "/RunnerParts.java"):
			inside++
		default:
			t.Errorf("%s: %s", path, line)
		}
	})
	if inside == 0 {
		t.Error("nothing reflects on Flink: what is this test looking for?")
	}
}

// TestNoStaticState: a JVM may hold more than one gateway, as tests do.
func TestNoStaticState(t *testing.T) {
	constants := 0
	eachSourceLine(t, func(path, line string) {
		switch {
		case isState(line):
			t.Errorf("%s: %s", path, line)
		case strings.Contains(line, " static final "):
			constants++
		}
	})
	if constants == 0 {
		t.Error("there is not even a constant: what is this test looking for?")
	}
	for _, line := range []string{
		"    private static boolean enforced;", "    static Map<String, Cluster> all = new HashMap<>();",
		"    private static final Map<String, Cluster> ALL = new ConcurrentHashMap<>();", "    static final AtomicInteger COUNT = new AtomicInteger();",
	} {
		if !isState(line) {
			t.Errorf("this passes for no static field: %s", line)
		}
	}
}

func isState(line string) bool {
	if strings.Contains(line, " static final ") {
		return staticContents.MatchString(line)
	}
	return staticField.MatchString(line)
}

func eachSourceLine(t *testing.T, look func(path, line string)) {
	t.Helper()
	for _, folder := range []string{clusterFolder, gatewayFolder} {
		err := filepath.WalkDir(filepath.Join(folder, "src"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for line := range strings.Lines(string(text)) {
				look(filepath.ToSlash(path), strings.TrimRight(line, "\n"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
