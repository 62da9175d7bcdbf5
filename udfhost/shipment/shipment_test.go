package shipment

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/engine"
	"riffle/udfhost/payload"
	"riffle/udfhost/sqltype"
)

// program returns a program with a function for each type, and for nested ones.
func program(t *testing.T, hash string) *engine.Program {
	t.Helper()
	executable := filepath.Join(t.TempDir(), "executable")
	if err := os.WriteFile(executable, []byte("compiled "+hash), 0o700); err != nil {
		t.Fatal(err)
	}
	p := &engine.Program{Hash: hash, Executable: executable}
	add := func(name string, dt arrow.DataType) {
		p.Functions = append(p.Functions, engine.Function{
			Name: name, Kind: payload.Scalar, Signature: name + "(INT) → INT", Result: dt, Nullable: len(p.Functions)%2 == 0, Context: len(p.Functions)%3 == 0, Async: len(p.Functions)%5 == 0,
			Parameters: []engine.Parameter{{SQLType: name, Type: dt}, {SQLType: "INT", Type: arrow.PrimitiveTypes.Int32}},
		})
	}
	var fields []arrow.Field
	for _, row := range sqltype.All() {
		if row.Arrow == nil || len(row.Go) == 0 {
			continue
		}
		dt := row.Result(row.Returned)
		add(row.Name, dt)
		fields = append(fields, arrow.Field{Name: row.Name, Type: dt, Nullable: true})
	}
	if len(fields) < 10 {
		t.Fatalf("only %d types", len(fields))
	}
	whole := arrow.StructOf(fields...)
	keyed := arrow.MapOf(arrow.BinaryTypes.String, whole)
	keyed.SetItemNullable(true)
	add("ROW", whole)
	add("ARRAY", arrow.ListOfField(arrow.Field{Name: "element", Type: keyed, Nullable: true}))
	for _, field := range reflect.VisibleFields(reflect.TypeFor[engine.Function]()) {
		if !slices.ContainsFunc(p.Functions, func(f engine.Function) bool { return !reflect.ValueOf(f).FieldByIndex(field.Index).IsZero() }) {
			t.Errorf("no function has %s", field.Name)
		}
	}
	p.Functions = append(p.Functions, engine.Function{Name: "None", Kind: payload.Scalar, Result: arrow.PrimitiveTypes.Int64})
	return p
}

// unpack unpacks an archive as Flink does: symbolic links are relative to their folder.
func unpack(t *testing.T, path string) string {
	t.Helper()
	folder := t.TempDir()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r) // checks the sum
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(folder, file.Name)
		if file.Mode()&os.ModeSymlink != 0 {
			err = os.Symlink(filepath.Join(folder, string(content)), to)
		} else {
			err = os.WriteFile(to, content, file.Mode().Perm())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// What a cluster reads is the program that was packed, with the types of all its functions.
func TestProgramTravels(t *testing.T) {
	packer := NewPacker(t.TempDir(), os.Args[0])
	sent := program(t, "0123")
	path, err := packer.Pack(sent, "")
	if err != nil {
		t.Fatal(err)
	}
	folder := unpack(t, path)
	got, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := os.ReadFile(got.Executable)
	if err != nil || string(compiled) != "compiled 0123" {
		t.Errorf("the program is %q, %v", compiled, err)
	}
	sent.Executable = got.Executable
	if len(got.Functions) != len(sent.Functions) || got.Hash != sent.Hash {
		t.Fatalf("%d functions of %s", len(got.Functions), got.Hash)
	}
	for i, f := range sent.Functions {
		g := got.Functions[i]
		if !arrow.TypeEqual(f.Result, g.Result) || sqltype.IsWideTimestamp(f.Result) != sqltype.IsWideTimestamp(g.Result) {
			t.Errorf("%s: result %v, want %v", f.Name, g.Result, f.Result)
		}
		for j, parameter := range f.Parameters {
			if !arrow.TypeEqual(parameter.Type, g.Parameters[j].Type) {
				t.Errorf("%s: parameter %v, want %v", f.Name, g.Parameters[j].Type, parameter.Type)
			}
			g.Parameters[j].Type = parameter.Type
		}
		g.Result = f.Result
		if !reflect.DeepEqual(f, g) {
			t.Errorf("got  %+v\nwant %+v", g, f)
		}
	}
	// The worker runs, under both names. It is this test.
	for _, name := range []string{"riffle-python", "pyflink-udf-runner.sh"} {
		if out, err := exec.Command(filepath.Join(folder, name), "-test.run=^$").CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// An archive is named by its content, does not depend on when it is written, and is written once.
func TestArchivesAreNamedByContent(t *testing.T) {
	folder := t.TempDir()
	worker := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(worker, []byte("not an executable"), 0o700); err != nil {
		t.Fatal(err)
	}
	first, second := program(t, "1"), program(t, "2")
	pack := func(p *Packer, program *engine.Program, installed string) string {
		t.Helper()
		path, err := p.Pack(program, installed)
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(content)
		if want := filepath.Join(folder, hex.EncodeToString(hash[:])+".zip"); path != want {
			t.Errorf("the archive is %s, want %s", path, want)
		}
		return path
	}
	p := NewPacker(folder, worker)
	a := pack(p, first, "")
	if again := pack(NewPacker(folder, worker), first, ""); again != a {
		t.Errorf("the same content has the names %s and %s", a, again)
	}
	before, _ := os.Stat(a)
	if pack(p, first, ""); !sameFile(t, before, a) {
		t.Error("the archive was written twice")
	}
	b, c := pack(p, second, ""), pack(p, first, "/opt/worker")
	if a == b || a == c || b == c {
		t.Errorf("different contents have the same name: %s %s %s", a, b, c)
	}
	pack(p, second, "/opt/worker")
	if left, _ := filepath.Glob(filepath.Join(folder, "*.zip")); len(left) != keptArchives {
		t.Errorf("%d archives are left, want the last %d", len(left), keptArchives)
	}
	pack(p, first, "")
}

func sameFile(t *testing.T, before os.FileInfo, path string) bool {
	t.Helper()
	now, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(before, now)
}

// Where the cluster's image has a worker, the archive contains the functions, and both names start that worker.
func TestInstalledWorker(t *testing.T) {
	installed := filepath.Join(t.TempDir(), "the worker's")
	if err := os.WriteFile(installed, []byte("#!/bin/sh\necho worker \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	path, err := NewPacker(t.TempDir(), "no such file").Pack(program(t, "1"), installed)
	if err != nil {
		t.Fatal(err)
	}
	folder := unpack(t, path)
	for _, name := range []string{"riffle-python", "pyflink-udf-runner.sh"} {
		out, err := exec.Command(filepath.Join(folder, name), "--id=1 2").CombinedOutput()
		if err != nil || string(out) != "worker --id=1 2\n" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestForeignArchives(t *testing.T) {
	for manifest, want := range map[string]string{
		`{"format":2}`:         "belongs to another version of riffle: put this version's worker into the image",
		`{"format":1,"abi":0}`: "belongs to another version of riffle: put this version's worker into the image",
		`[]`:                   "read the shipped functions: json",
		"":                     "read the shipped functions: open",
	} {
		folder := t.TempDir()
		if manifest != "" {
			if err := os.WriteFile(filepath.Join(folder, manifestFile), []byte(manifest), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", manifest, err)
		}
	}
	text, err := manifestOf(program(t, "1"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	text = bytes.Replace(text, []byte(Platform()), []byte("plan9/mips"), 1)
	if err := os.WriteFile(filepath.Join(folder, manifestFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || err.Error() != "the functions were compiled for plan9/mips, and this TaskManager runs on "+Platform() {
		t.Error(err)
	}
}

// An executable runs without its debug information, and is much smaller. Other files stay as they are.
func TestWithoutDebugInfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "greeting")
	if out, err := exec.Command("go", "build", "-o", path, "./testdata/greeting").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	short := withoutDebugInfo(whole)
	if len(short) > len(whole)*3/4 {
		t.Errorf("%d bytes of %d are left", len(short), len(whole))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, short, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path).CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("%q, %v", out, err)
	}
	if again := withoutDebugInfo(short); !bytes.Equal(again, short) {
		t.Error("the second time, something else is removed")
	}
	for _, other := range [][]byte{nil, []byte("#!/bin/sh\n"), whole[:100]} {
		if got := withoutDebugInfo(other); !bytes.Equal(got, other) {
			t.Errorf("%d bytes of %d are left of another file", len(got), len(other))
		}
	}
}
