package sqltype

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
)

// wideTimestamp is the type of TIMESTAMP(7) to TIMESTAMP(9), also with local time zone, in the rows
// and columns of functions: the two numbers that Flink itself stores. Arrow's timestamp in
// nanoseconds would end in 2262.
var wideTimestamp = arrow.StructOf(
	arrow.Field{Name: "milliseconds since 1970", Type: arrow.PrimitiveTypes.Int64},
	arrow.Field{Name: "nanoseconds of the millisecond", Type: arrow.PrimitiveTypes.Int32},
)

// WideTimestamp returns the type of a TIMESTAMP(9) of a function, unless Flink's own Arrow coder sends it.
func WideTimestamp() arrow.DataType { return wideTimestamp }

// IsWideTimestamp reports whether a column holds timestamps in this form.
func IsWideTimestamp(dt arrow.DataType) bool {
	return dt.ID() == arrow.STRUCT && arrow.TypeEqual(dt, wideTimestamp)
}

// form returns an Arrow type that no parameter changes.
func form(dt arrow.DataType) func(Params) (arrow.DataType, error) {
	return func(Params) (arrow.DataType, error) { return dt, nil }
}

func sent(dt arrow.DataType) func(Params) arrow.DataType {
	return func(Params) arrow.DataType { return dt }
}

func binaryForm(p Params) (arrow.DataType, error) {
	if p.Length < 1 {
		return nil, fmt.Errorf("BINARY of length %d", p.Length)
	}
	return &arrow.FixedSizeBinaryType{ByteWidth: int(p.Length)}, nil
}

func decimalForm(p Params) (arrow.DataType, error) {
	if p.Precision < 1 || p.Precision > MaxPrecision || p.Scale < 0 || p.Scale > p.Precision {
		return nil, fmt.Errorf("DECIMAL(%d, %d)", p.Precision, p.Scale)
	}
	return &arrow.Decimal128Type{Precision: p.Precision, Scale: p.Scale}, nil
}

func timeForm(p Params) (arrow.DataType, error) {
	unit, err := timeUnit(p.Precision)
	if err != nil {
		return nil, err
	}
	if unit < arrow.Microsecond {
		return &arrow.Time32Type{Unit: unit}, nil
	}
	return &arrow.Time64Type{Unit: unit}, nil
}

func timestampForm(p Params) (arrow.DataType, error) {
	unit, err := timeUnit(p.Precision)
	if err != nil {
		return nil, err
	}
	return &arrow.TimestampType{Unit: unit}, nil
}

// nanosecondsSent: the sink sends what 64 bits of nanoseconds cannot hold as seconds since 1970
// with nine digits.
func nanosecondsSent(p Params) arrow.DataType {
	if p.Precision > 6 {
		return &arrow.Decimal128Type{Precision: MaxPrecision, Scale: 9}
	}
	return nil
}

// timeUnit returns the coarsest unit that holds p fractional digits of a second.
func timeUnit(p int32) (arrow.TimeUnit, error) {
	switch {
	case p < 0 || p > 9:
		return 0, fmt.Errorf("time precision %d", p)
	case p == 0:
		return arrow.Second, nil
	case p <= 3:
		return arrow.Millisecond, nil
	case p <= 6:
		return arrow.Microsecond, nil
	}
	return arrow.Nanosecond, nil
}
