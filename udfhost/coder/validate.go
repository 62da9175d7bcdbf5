package coder

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
)

// validateData checks what arrow/go does not check when it makes arrays from data: that bitmaps and values have
// the right sizes, and that offsets ascend within the data. After it, no access to a value can leave its buffer.
func validateData(d arrow.ArrayData) error {
	if d.Len() < 0 || d.Offset() != 0 {
		return fmt.Errorf("%d values from %d", d.Len(), d.Offset())
	}
	// Most code reads the null count before it looks at the bitmap.
	if n := d.NullN(); n < 0 || n > d.Len() {
		return fmt.Errorf("%d nulls among %d values", n, d.Len())
	}
	if bitmap := bufferOf(d, 0); d.NullN() > 0 && d.DataType().ID() != arrow.NULL {
		if len(bitmap) < int(bitutil.BytesForBits(int64(d.Len()))) {
			return errors.New("validity bitmap is too short")
		}
	}
	switch dt := d.DataType().(type) {
	case *arrow.NullType:
		return nil
	case *arrow.StringType, *arrow.BinaryType:
		return validateOffsets(d, len(bufferOf(d, 2)))
	case *arrow.ListType, *arrow.MapType:
		child := d.Children()[0]
		if err := validateOffsets(d, child.Len()); err != nil {
			return err
		}
		return validateData(child)
	case *arrow.StructType:
		for _, child := range d.Children() {
			if child.Len() != d.Len() {
				return fmt.Errorf("field of %d values in %d rows", child.Len(), d.Len())
			}
			if err := validateData(child); err != nil {
				return err
			}
		}
		return nil
	case arrow.FixedWidthDataType:
		// The product of a length and a width from outside may overflow.
		if 8*int64(len(bufferOf(d, 1)))/int64(dt.BitWidth()) < int64(d.Len()) {
			return fmt.Errorf("%d bytes for %d values of %s", len(bufferOf(d, 1)), d.Len(), dt)
		}
		return nil
	default:
		return fmt.Errorf("unexpected type %s", dt)
	}
}

// validateOffsets checks the 32-bit offsets in buffer 1 of variable-size values against the
// size of the data that they point into.
func validateOffsets(d arrow.ArrayData, size int) error {
	if d.Len() == 0 {
		return nil // without values, Java writes no offsets
	}
	offsets := arrow.Int32Traits.CastFromBytes(bufferOf(d, 1))
	if len(offsets) <= d.Len() {
		return fmt.Errorf("%d offsets for %d values", len(offsets), d.Len())
	}
	previous := int32(0)
	for _, offset := range offsets[:d.Len()+1] {
		if offset < previous {
			return errors.New("offsets do not ascend")
		}
		previous = offset
	}
	if int(previous) > size {
		return fmt.Errorf("offset %d in data of size %d", previous, size)
	}
	return nil
}

// bufferOf returns the bytes of a buffer, or nil if the array does not have it.
func bufferOf(d arrow.ArrayData, i int) []byte {
	if buffers := d.Buffers(); i < len(buffers) && buffers[i] != nil {
		return buffers[i].Bytes()
	}
	return nil
}
