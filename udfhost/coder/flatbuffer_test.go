package coder

import "testing"

// FuzzSchemaMessage reads flatbuffers that say anything, for columns of all
// shapes. (What a schema that passes leads to, FuzzArrow sees.)
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
