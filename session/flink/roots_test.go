package flink_test

import (
	"archive/zip"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"riffle/session/flink/dist"
	"riffle/udfhost/sqltype"
)

// The table of types has a row for each type that this Flink has, and for no other: a new Flink's
// new types are found here.
func TestEveryTypeOfFlinkHasARow(t *testing.T) {
	home, err := dist.Find(t.Context(), dist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	class := entry(t, home.ClassPath, "org/apache/flink/table/types/logical/LogicalTypeRoot.class")
	var rows []string
	for _, row := range sqltype.All() {
		rows = append(rows, row.Root)
	}
	roots := enumConstants(class)
	for _, root := range roots {
		if !slices.Contains(rows, root) {
			t.Errorf("Flink has the type %s, and the table of types has no row for it", root)
		}
	}
	for _, row := range rows {
		if !slices.Contains(roots, row) {
			t.Errorf("the table of types has a row for %s, which Flink does not have; it has %v", row, roots)
		}
	}
}

// entry reads a file that lies in one of some jars.
func entry(t *testing.T, jars []string, name string) []byte {
	t.Helper()
	for _, jar := range jars {
		archive, err := zip.OpenReader(jar)
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		f, err := archive.Open(name)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Fatalf("no jar of %v has %s", jars, name)
	return nil
}

// enumConstants returns the names of an enum's constants, out of its class file (JVM specification,
// chapter 4): the fields that have the flag ACC_ENUM.
func enumConstants(class []byte) []string {
	at := 8 // after the magic number and the version
	number := func(size int) int {
		at += size
		if size == 1 {
			return int(class[at-1])
		}
		return int(binary.BigEndian.Uint16(class[at-2:]))
	}
	texts := map[int]string{}
	for i, n := 1, number(2); i < n; i++ {
		switch tag := number(1); tag {
		case 1: // a text
			length := number(2)
			texts[i] = string(class[at : at+length])
			at += length
		case 5, 6: // long and double take two places
			at += 8
			i++
		case 7, 8, 16, 19, 20:
			at += 2
		case 15:
			at += 3
		default:
			at += 4
		}
	}
	at += 6 // flags, this class, its superclass
	interfaces := number(2)
	at += 2 * interfaces
	var names []string
	const enum = 0x4000
	for range number(2) {
		flags, name := number(2), number(2)
		at += 2 // its descriptor
		if flags&enum != 0 {
			names = append(names, texts[name])
		}
		for range number(2) { // attributes
			at += 2
			length := int(binary.BigEndian.Uint32(class[at:]))
			at += 4 + length
		}
	}
	return names
}
