package guest

import (
	"os"
	"strings"
	"testing"
)

// Sources are all that the guest's packages are made of.
func TestSourcesAreComplete(t *testing.T) {
	for _, name := range []string{"abi", "async", "runtime", "riffle", "columns", "network", "nethooks", "roots", "scope"} {
		files, err := os.ReadDir(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file.Name(), "_test.go") {
				continue
			}
			here, err := os.ReadFile(name + "/" + file.Name())
			if err != nil {
				t.Fatal(err)
			}
			embedded, err := Sources.ReadFile(name + "/" + file.Name())
			if err != nil || string(embedded) != string(here) {
				t.Errorf("%s/%s is not embedded: %v", name, file.Name(), err)
			}
		}
	}
}
