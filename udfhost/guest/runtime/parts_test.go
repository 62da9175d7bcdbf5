package runtime

import (
	"testing"

	"riffle/udfhost/guest/abi"
)

// A row that is set to NULL drops what was appended for it, at every depth, also if other values were NULL.
func TestNullAtDropsHalfAValue(t *testing.T) {
	var c Call
	p := c.Result(TypeList, TypeRow, 4, TypeBool, TypeString, TypeTimestamp, TypeList, TypeDecimal)
	entry := func(text string) {
		p[1].SetRow()
		p[2].SetBool(true)
		p[3].SetString(text)
		p[4:].SetNull()
		p[6].SetDecimal(0, 7, 2)
		p[5:].SetList()
	}
	for row := range 20 {
		entry("a")
		p[1:].SetNull()
		if row%3 == 1 {
			p[1].SetRow()
			p[2:].SetNull()
			p[3].SetString("half")
			p[6].SetDecimal(0, 8, 0)
			p.NullAt(row)
		} else {
			p.SetList()
		}
	}
	const lists = 20 - 7 // the rows that are not NULL
	for i, want := range []int{20, 2 * lists, 2 * lists, 2 * lists, 2 * lists, 2 * lists, lists} {
		if p[i].count != want {
			t.Errorf("part %d has %d values, want %d", i, p[i].count, want)
		}
	}
	if len(p[3].data) != lists || len(p[6].rest) != lists || len(p[4].data) != 2*lists*8 || len(p[4].rest) != 2*lists*4 {
		t.Errorf("%d bytes of text, %d scales, %d and %d bytes of timestamps", len(p[3].data), len(p[6].rest), len(p[4].data), len(p[4].rest))
	}
	for i := range 2 * lists {
		odd := i%2 == 1
		if IsNull(p[1].valid, i) != odd || IsNull(p[2].valid, i) != odd || p[2].data[i>>3]>>(i&7)&1 == 1 == odd || !IsNull(p[4].valid, i) {
			t.Fatalf("entry %d: row %x, bool %x %x, timestamp %x", i, p[1].valid, p[2].valid, p[2].data, p[4].valid)
		}
	}
	if abi.Width(abi.Decimal)*lists != len(p[6].data) {
		t.Errorf("%d bytes of decimals", len(p[6].data))
	}
}
