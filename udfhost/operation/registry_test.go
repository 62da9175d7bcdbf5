package operation_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
	"riffle/udfhost/sqltype"
)

const scalarURN = "flink:transform:scalar_function:v1"

// A coder that requires more than the coders here support is rejected: Flink would misread the
// data.
func TestUnknownCodersAreRefused(t *testing.T) {
	rows := &flinkfn.CoderInfoDescriptor_FlattenRowType_{FlattenRowType: &flinkfn.CoderInfoDescriptor_FlattenRowType{Schema: &flinkfn.Schema{}}}
	plain := &flinkfn.CoderInfoDescriptor{DataType: rows}
	for want, d := range map[string]*flinkfn.CoderInfoDescriptor{
		"end messages":          {DataType: rows, SeparatedWithEndMessage: true},
		"without a wire format": {},
		"of mode 7":             {DataType: rows, Mode: 7},
		"is not supported":      {DataType: &flinkfn.CoderInfoDescriptor_OverWindowArrowType_{}},
	} {
		if _, _, err := operation.Standard().Coders(scalarURN, plain, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", d, err, want)
		}
	}
	newer := &flinkfn.CoderInfoDescriptor{DataType: rows}
	newer.ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 0x01})
	if _, _, err := operation.Standard().Coders(scalarURN, newer, plain); err == nil || !strings.Contains(err.Error(), "newer Flink") {
		t.Errorf("a field that is not known: %v", err)
	}
	if _, _, err := operation.Standard().Coders(scalarURN, plain, plain); err != nil {
		t.Error(err)
	}
	inside := &flinkfn.Schema{Fields: []*flinkfn.Schema_Field{{Name: "id", Type: &flinkfn.Schema_FieldType{TypeName: flinkfn.Schema_BIGINT}}}}
	inside.Fields[0].Type.ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 0x01})
	deeper := &flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: inside}}}
	if _, _, err := operation.Standard().Coders(scalarURN, deeper, plain); err == nil || !strings.Contains(err.Error(), "newer Flink") {
		t.Errorf("a field of a type that is not known: %v", err)
	}
}

// The same holds for the payload of an operation.
func TestUnknownPayloadsAreRefused(t *testing.T) {
	call := invoke("inc", col(0))
	call.Inputs[0].ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 0x01})
	_, err := evaluate(t, recordOf(t, inputSchema, inputRows), call, arrow.Field{Name: "r", Type: bigint, Nullable: true})
	if err == nil || !strings.Contains(err.Error(), "payload of "+scalarURN+" with fields of a newer Flink is not supported") {
		t.Errorf("got %v", err)
	}
}

// Each scalar operation gets the columns that its operator in Flink sends.
func TestScalarOperationsHaveTheirColumns(t *testing.T) {
	times := &flinkfn.Schema{Fields: []*flinkfn.Schema_Field{{Name: "t", Type: &flinkfn.Schema_FieldType{
		TypeName: flinkfn.Schema_TIMESTAMP,
		TypeInfo: &flinkfn.Schema_FieldType_TimestampInfo{TimestampInfo: &flinkfn.Schema_TimestampInfo{Precision: 9}},
	}}}}
	d := &flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{
		ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: times}}}
	for urn, want := range map[string]arrow.DataType{
		scalarURN:                             arrow.FixedWidthTypes.Timestamp_ns,
		"riffle:transform:scalar_function:v1": sqltype.WideTimestamp(),
	} {
		in, out, err := operation.Standard().Coders(urn, d, d)
		if err != nil {
			t.Errorf("%s: %v", urn, err)
			continue
		}
		for _, c := range []coder.Coder{in, out} {
			if got := c.Schema().Field(0).Type; got.ID() != want.ID() {
				t.Errorf("%s: a TIMESTAMP(9) is %v, want %v", urn, got, want)
			}
		}
	}
}
