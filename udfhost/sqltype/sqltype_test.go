package sqltype

import (
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// No row leaves open what becomes of its type, and no two rows claim the same.
func TestRowsAreWhole(t *testing.T) {
	seen := map[string]string{}
	claim := func(row Type, what, name string) {
		if other, ok := seen[what+name]; ok {
			t.Errorf("%s and %s both have the %s %q", row.Root, other, what, name)
		}
		seen[what+name] = row.Root
	}
	roots := map[string]Type{}
	for _, row := range All() {
		roots[row.Root] = row
	}
	for _, row := range All() {
		claim(row, "root", row.Root)
		for _, name := range append(row.Aliases, row.Name) {
			if name != "" {
				claim(row, "name", name)
			}
		}
		if row.Wire != "" {
			claim(row, "type of the Fn API", row.Wire)
		}
		for _, g := range row.Go {
			claim(row, "Go type", g.Type)
		}
		if row.Absent != "" {
			if row.Class != Unknown || len(row.Go) > 0 || row.TakenAs != "" {
				t.Errorf("%s cannot be a column, and says how it looks or what functions make of it", row.Root)
			}
			continue
		}
		if row.Name == "" || row.Class == Unknown {
			t.Errorf("%s has no name or no class", row.Root)
		}
		nested := row.Takes == Parts
		if _, err := row.Sent(Params{Length: 1, Precision: 1}); (err == nil) == nested || nested != (row.Class == Nested) {
			t.Errorf("%s: nested types are those, and only those, that take other types and have no Arrow type of their own", row.Root)
		}
		if len(row.Go) > 0 && row.Wire == "" {
			t.Errorf("%s is a type of functions, and has no name in the Fn API", row.Root)
		}
		if len(row.Go) > 0 == (row.TakenAs != "") && row.TakenAs != "" {
			t.Errorf("%s has Go types, and is taken as another", row.Root)
		}
		if row.TakenAs != "" && len(roots[row.TakenAs].Go) == 0 {
			t.Errorf("%s is taken as %s, for which there is no Go type", row.Root, row.TakenAs)
		}
		for _, g := range row.Go {
			if (g.Kind == "") != nested {
				t.Errorf("%s: the Go type %s has no kind, or is made of others and has one", row.Root, g.Type)
			}
		}
	}
}

func TestTypesAreFoundByName(t *testing.T) {
	for name, root := range map[string]string{
		"INT": "INTEGER", "STRING": "VARCHAR", "VARCHAR": "VARCHAR", "BYTES": "VARBINARY", "INTERVAL HOUR TO MINUTE": "INTERVAL_DAY_TIME",
		"INTERVAL YEAR TO MONTH": "INTERVAL_YEAR_MONTH", "INTERVAL SECOND": "INTERVAL_DAY_TIME",
	} {
		if row := OfName(name); row == nil || row.Root != root {
			t.Errorf("%s is found as %+v, not as %s", name, row, root)
		}
	}
	for _, name := range []string{"", "INTEGERS", "`a`.`b`.`Distinct`"} {
		if row := OfName(name); row != nil {
			t.Errorf("%q is found as %s", name, row.Root)
		}
	}
}

func TestTypesAreFoundByArrow(t *testing.T) {
	for _, test := range []struct {
		dt    arrow.DataType
		class Class
	}{
		{arrow.PrimitiveTypes.Int8, Number}, {&arrow.Decimal128Type{Precision: 38, Scale: 9}, Number},
		{arrow.BinaryTypes.String, Text}, {&arrow.FixedSizeBinaryType{ByteWidth: 7}, Bytes},
		{arrow.FixedWidthTypes.Time32s, Clock}, {arrow.FixedWidthTypes.Time64ns, Clock},
		{arrow.FixedWidthTypes.Timestamp_us, Timestamp}, {arrow.FixedWidthTypes.Duration_ms, Interval},
	} {
		if row := OfArrow(test.dt); row == nil || row.Class != test.class {
			t.Errorf("%v is found as %+v", test.dt, row)
		}
	}
	if row := OfArrow(arrow.ListOf(arrow.PrimitiveTypes.Int8)); row != nil {
		t.Errorf("a list is found as %s", row.Root)
	}
}
