package spec

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstallListUninstall(t *testing.T) {
	kernels := filepath.Join(t.TempDir(), "kernels")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again over itself
		if _, err := Install(kernels, "riffle", program); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Install(kernels, "gone", filepath.Join(t.TempDir(), "riffle")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(kernels, "riffle", "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := json.Unmarshal(text, &s); err != nil || s.Argv[0] != program || s.Argv[3] != "{connection_file}" || s.Interrupt != "message" {
		t.Errorf("%s %v", text, err)
	}
	found := List([]string{filepath.Join(kernels, "none"), kernels})
	if len(found) != 2 || !found[0].Missing || found[1].Missing || found[1].Program != program {
		t.Errorf("%+v", found)
	}
	for _, name := range []string{"riffle", "gone"} {
		if _, err := Uninstall(kernels, name); err != nil {
			t.Error(err)
		}
	}
	if found := List([]string{kernels}); len(found) != 0 {
		t.Errorf("%+v is left", found)
	}
	if _, err := Uninstall(kernels, "riffle"); err == nil || !strings.Contains(err.Error(), "riffle kernel list") {
		t.Errorf("%v", err)
	}
}

func TestOtherKernelsAreLeftAlone(t *testing.T) {
	kernels := t.TempDir()
	other := filepath.Join(kernels, "python3")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "kernel.json"), []byte(`{"argv":["python","-m","ipykernel_launcher"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(kernels, "python3", "/bin/riffle"); err == nil {
		t.Error("it was written over")
	}
	if _, err := Uninstall(kernels, "python3"); err == nil {
		t.Error("it was removed")
	}
	if found := List([]string{kernels}); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	for _, name := range []string{"", "../x", "A b"} {
		if _, err := Install(kernels, name, "/bin/riffle"); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if _, err := Install(kernels, "riffle", "riffle"); err == nil {
		t.Error("a relative program was installed")
	}
}

func TestLogos(t *testing.T) {
	for name, content := range logos() {
		if size, ok := map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64}[name]; ok {
			picture, err := png.Decode(bytes.NewReader(content))
			if err != nil || picture.Bounds().Dx() != size {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Setenv("JUPYTER_PATH", "/a")
	t.Setenv("JUPYTER_DATA_DIR", "/b")
	t.Setenv("VIRTUAL_ENV", "/c")
	got := strings.Join(Places(), " ")
	if want := "/a/kernels /b/kernels /c/share/jupyter/kernels"; !strings.HasPrefix(filepath.ToSlash(got), want) {
		t.Errorf("%s", got)
	}
}
