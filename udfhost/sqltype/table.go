package sqltype

import "github.com/apache/arrow/go/v15/arrow"

// MaxNesting is the maximum nesting of arrays, maps and rows in a type of a function. Flink's schema is a
// recursive message, so its depth must be bounded.
const MaxNesting = 32

// MaxPrecision is the maximum number of digits of a DECIMAL.
const MaxPrecision = 38

// Why no column has a type.
const (
	inPlans    = "it stands in plans only"
	notByFlink = "Flink's SQL has no way to a column of it"
)

var table = []Type{
	{
		Root: "BOOLEAN", Name: "BOOLEAN", Class: Truth, Wire: "BOOLEAN",
		Arrow: form(arrow.FixedWidthTypes.Boolean),
		Go:    []Go{{"bool", "Bool"}},
	},
	{
		Root: "TINYINT", Name: "TINYINT", Class: Number, Wire: "TINYINT",
		Arrow: form(arrow.PrimitiveTypes.Int8),
		Go:    []Go{{"int8", "Int8"}},
	},
	{
		Root: "SMALLINT", Name: "SMALLINT", Class: Number, Wire: "SMALLINT",
		Arrow: form(arrow.PrimitiveTypes.Int16),
		Go:    []Go{{"int16", "Int16"}},
	},
	{
		Root: "INTEGER", Name: "INT", Class: Number, Wire: "INT",
		Arrow: form(arrow.PrimitiveTypes.Int32),
		Go:    []Go{{"int32", "Int32"}},
	},
	{
		Root: "BIGINT", Name: "BIGINT", Class: Number, Wire: "BIGINT",
		Arrow: form(arrow.PrimitiveTypes.Int64),
		Go:    []Go{{"int64", "Int64"}, {"int", "Int"}},
	},
	{
		Root: "FLOAT", Name: "FLOAT", Class: Number, Wire: "FLOAT",
		Arrow: form(arrow.PrimitiveTypes.Float32),
		Go:    []Go{{"float32", "Float32"}},
	},
	{
		Root: "DOUBLE", Name: "DOUBLE", Class: Number, Wire: "DOUBLE",
		Arrow: form(arrow.PrimitiveTypes.Float64),
		Go:    []Go{{"float64", "Float64"}},
	},
	{
		Root: "DECIMAL", Name: "DECIMAL", Takes: PrecisionAndScale, Class: Number, Wire: "DECIMAL",
		Arrow: decimalForm,
		Go:    []Go{{"riffle.Decimal", "Decimal"}}, Returned: Params{Precision: MaxPrecision, Scale: 18},
	},
	{
		Root: "CHAR", Name: "CHAR", Takes: Length, Class: Text, Wire: "CHAR",
		Arrow:   form(arrow.BinaryTypes.String),
		TakenAs: "VARCHAR",
	},
	{
		Root: "VARCHAR", Name: "STRING", Aliases: []string{"VARCHAR"}, Takes: Length, Class: Text, Wire: "VARCHAR",
		Arrow: form(arrow.BinaryTypes.String),
		Go:    []Go{{"string", "String"}},
	},
	{
		Root: "BINARY", Name: "BINARY", Takes: Length, Class: Bytes, Wire: "BINARY",
		Arrow:   binaryForm,
		TakenAs: "VARBINARY",
	},
	{
		Root: "VARBINARY", Name: "BYTES", Aliases: []string{"VARBINARY"}, Takes: Length, Class: Bytes, Wire: "VARBINARY",
		Arrow: form(arrow.BinaryTypes.Binary),
		Go:    []Go{{"[]byte", "Bytes"}},
	},
	{
		Root: "DATE", Name: "DATE", Class: Date, Wire: "DATE",
		Arrow: form(arrow.FixedWidthTypes.Date32),
		Go:    []Go{{"riffle.Date", "Date"}},
	},
	{
		Root: "TIME_WITHOUT_TIME_ZONE", Name: "TIME", Takes: Precision, Class: Clock, Wire: "TIME",
		Arrow: timeForm,
		Go:    []Go{{"riffle.Time", "Time"}}, Returned: Params{Precision: 3},
	},
	{
		Root: "TIMESTAMP_WITHOUT_TIME_ZONE", Name: "TIMESTAMP", Takes: Precision, Class: Timestamp, Wire: "TIMESTAMP",
		Arrow: timestampForm, Sink: nanosecondsSent,
		Go: []Go{{"riffle.DateTime", "DateTime"}}, Returned: Params{Precision: 9},
	},
	{
		Root: "TIMESTAMP_WITH_LOCAL_TIME_ZONE", Name: "TIMESTAMP_LTZ", Takes: Precision, Class: Timestamp, Wire: "LOCAL_ZONED_TIMESTAMP",
		Arrow: timestampForm, Sink: nanosecondsSent,
		Go: []Go{{"time.Time", "Instant"}}, Returned: Params{Precision: 9},
	},
	{
		Root: "INTERVAL_YEAR_MONTH", Name: "INTERVAL YEAR", Aliases: []string{"INTERVAL MONTH"}, Class: Interval,
		Sink: sent(arrow.FixedWidthTypes.MonthInterval),
	},
	{
		Root: "INTERVAL_DAY_TIME", Name: "INTERVAL DAY", Aliases: []string{"INTERVAL HOUR", "INTERVAL MINUTE", "INTERVAL SECOND"}, Class: Interval,
		Sink: sent(arrow.FixedWidthTypes.Duration_ms),
	},
	{Root: "ARRAY", Name: "ARRAY", Takes: Parts, Class: Nested, Wire: "BASIC_ARRAY", Go: []Go{{Type: "[]T"}}},
	{Root: "MAP", Name: "MAP", Takes: Parts, Class: Nested, Wire: "MAP", Go: []Go{{Type: "map[K]V"}}},
	{Root: "ROW", Name: "ROW", Takes: Parts, Class: Nested, Wire: "ROW", Go: []Go{{Type: "struct"}}},
	{Root: "MULTISET", Name: "MULTISET", Takes: Parts, Class: Nested, Wire: "MULTISET"},
	{Root: "STRUCTURED_TYPE", Name: "STRUCTURED", Takes: Parts, Class: Nested},
	{Root: "VARIANT", Name: "VARIANT", Class: Opaque, Sink: sent(arrow.BinaryTypes.String)},
	{Root: "BITMAP", Name: "BITMAP", Class: Opaque, Sink: sent(arrow.BinaryTypes.String)},
	{Root: "RAW", Name: "RAW", Class: Opaque, Sink: sent(arrow.BinaryTypes.String)},
	// Flink's text of a distinct type is its own name; its values are those of its source.
	{Root: "DISTINCT_TYPE", Absent: notByFlink},
	{Root: "NULL", Name: "NULL", Absent: notByFlink, Wire: "NULL", Arrow: form(arrow.Null)},
	{Root: "TIMESTAMP_WITH_TIME_ZONE", Absent: notByFlink, Wire: "ZONED_TIMESTAMP"},
	{Root: "SYMBOL", Absent: inPlans},
	{Root: "DESCRIPTOR", Absent: inPlans},
	{Root: "UNRESOLVED", Absent: inPlans},
}
