package guest

import (
	"encoding/hex"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// maxValue is the length to which an argument is cut in the message about a failure, in
// characters or bytes.
const maxValue = 40

// valueText returns a value of a column for messages, shortened: texts in quotes, bytes as SQL
// writes them.
func valueText(column arrow.Array, row int) string {
	if column.IsNull(row) {
		return "NULL"
	}
	switch column := column.(type) {
	case *array.String:
		return quoted(column.Value(row))
	case *array.Binary:
		return blobText(column.Value(row))
	case *array.FixedSizeBinary:
		return blobText(column.Value(row))
	}
	text := column.ValueStr(row)
	if short := shortened(text); short != text {
		return short + "…"
	}
	return text
}

func quoted(text string) string {
	short := shortened(text)
	if short == text {
		return strconv.Quote(text)
	}
	return strconv.Quote(short) + "… (" + strconv.Itoa(len(text)) + " bytes)"
}

// shortened returns the first characters of a text.
func shortened(text string) string {
	n := 0
	for at := range text {
		if n++; n > maxValue {
			return text[:at]
		}
	}
	return text
}

func blobText(blob []byte) string {
	if len(blob) <= maxValue {
		return "x'" + hex.EncodeToString(blob) + "'"
	}
	return "x'" + hex.EncodeToString(blob[:maxValue]) + "'… (" + strconv.Itoa(len(blob)) + " bytes)"
}
