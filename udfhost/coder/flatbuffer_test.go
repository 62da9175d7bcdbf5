package coder

import (
	"errors"
	"os"
	"testing"
)

// A table's list of fields may end in the middle of an entry, which the flatbuffers library
// reads nevertheless: according to it, this schema has a column of two hundred million
// children.
func TestOddVTable(t *testing.T) {
	element, err := os.ReadFile("testdata/odd-vtable.arrow")
	if err != nil {
		t.Fatal(err)
	}
	_, coders := damagedElements(t)
	for _, c := range coders {
		if _, err := c.NewDecoder().Decode(element); !errors.Is(err, errSchemaMessage) {
			t.Errorf("%v", err)
		}
	}
}

// FuzzSchemaMessage reads arbitrary flatbuffers, for columns of all shapes. (FuzzArrow tests
// the effects of a schema that passes.)
func FuzzSchemaMessage(f *testing.F) {
	all, coders := damagedElements(f)
	for _, element := range all {
		metadata, _, err := splitMessage(element)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(metadata)
	}
	f.Add([]byte{4, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, metadata []byte) {
		for _, c := range coders {
			_ = checkSchemaMessage(metadata, c.Schema())
		}
	})
}
