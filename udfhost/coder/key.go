package coder

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/flinkfn"
)

// Keys returns a function that appends the bytes of a row of a batch. Flink identifies a key by these bytes in
// requests for keyed state. The columns are those of the key, a ROW.
func Keys(rows arrow.Array, schema *flinkfn.Schema) (func(out []byte, row int) []byte, error) {
	s, ok := rows.(*array.Struct)
	if !ok {
		return nil, fmt.Errorf("a key is %v, not a row", rows.DataType())
	}
	return structWriter(s, schema)
}
