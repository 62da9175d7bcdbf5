package spec

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
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
		if _, err := Install(kernels, Kernel{Name: "riffle", Program: program}); err != nil {
			t.Fatal(err)
		}
	}
	gone := Kernel{Name: "gone", Program: filepath.Join(t.TempDir(), "riffle"), Profile: "a b"}
	if _, err := Install(kernels, gone); err != nil {
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
	if len(found) != 2 || !found[0].Missing || found[0].Kernel != gone || found[1].Missing || found[1].Program != program {
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
	if _, err := Install(kernels, Kernel{Name: "python3", Program: "/bin/riffle"}); err == nil {
		t.Error("it was written over")
	}
	if _, err := Uninstall(kernels, "python3"); err == nil {
		t.Error("it was removed")
	}
	if found := List([]string{kernels}); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	for _, name := range []string{"", "../x", "A b"} {
		if _, err := Install(kernels, Kernel{Name: name, Program: "/bin/riffle"}); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if _, err := Install(kernels, Kernel{Name: "riffle", Program: "riffle"}); err == nil {
		t.Error("a relative program was installed")
	}
}

// What pip has installed is pip's to remove, and is found where it lies.
func TestPackagedKernel(t *testing.T) {
	prefix := t.TempDir()
	folder := filepath.Join(Under(prefix), "riffle")
	files, err := Kernel{Name: "riffle", Program: Packaged(runtime.GOOS)}.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := List([]string{Under(prefix)})
	if len(found) != 1 || !found[0].Missing || filepath.Dir(filepath.Dir(found[0].Program)) != prefix {
		t.Errorf("%+v", found)
	}
	if _, err := Uninstall(Under(prefix), "riffle"); err == nil || !strings.Contains(err.Error(), "pip uninstall") {
		t.Errorf("%v", err)
	}
	if _, err := Install(Under(prefix), Kernel{Name: "riffle", Program: filepath.Join(prefix, "riffle")}); err == nil || !strings.Contains(err.Error(), "pip uninstall") {
		t.Errorf("%v", err)
	}
}

func TestDisplayNames(t *testing.T) {
	for want, k := range map[string]Kernel{
		"riffle (Flink SQL, Go)":                          {Name: "riffle"},
		"mine, riffle (Flink SQL, Go)":                    {Name: "mine"},
		"riffle, profile nightly (Flink SQL, Go)":         {Name: "riffle-nightly", Profile: "nightly"},
		"mine, riffle, profile a&b \"c\" (Flink SQL, Go)": {Name: "mine", Profile: `a&b "c"`},
	} {
		files, err := k.Files()
		var s spec
		if err != nil || json.Unmarshal(files["kernel.json"], &s) != nil || s.DisplayName != want {
			t.Errorf("%+v is %q, want %q (%v)", k, s.DisplayName, want, err)
		}
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
