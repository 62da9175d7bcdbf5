package operation_test

import (
	"strings"
	"testing"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// A coder that asks for more than the coders here do is refused: Flink would take what
// comes for something else.
func TestUnknownCodersAreRefused(t *testing.T) {
	rows := &flinkfn.CoderInfoDescriptor_FlattenRowType_{FlattenRowType: &flinkfn.CoderInfoDescriptor_FlattenRowType{Schema: &flinkfn.Schema{}}}
	for want, d := range map[string]*flinkfn.CoderInfoDescriptor{
		"end messages":          {DataType: rows, SeparatedWithEndMessage: true},
		"without a wire format": {},
		"is not supported":      {DataType: &flinkfn.CoderInfoDescriptor_OverWindowArrowType_{}},
	} {
		if _, err := operation.Standard().Coder(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", d, err, want)
		}
	}
	newer := &flinkfn.CoderInfoDescriptor{DataType: rows}
	newer.ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 0x01})
	if _, err := operation.Standard().Coder(newer); err == nil || !strings.Contains(err.Error(), "newer Flink") {
		t.Errorf("a field that is not known: %v", err)
	}
	if _, err := operation.Standard().Coder(&flinkfn.CoderInfoDescriptor{DataType: rows}); err != nil {
		t.Error(err)
	}
}
