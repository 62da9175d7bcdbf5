package abi

import (
	"testing"
	"unsafe"
)

// The layout is a contract between two separately compiled programs: a field
// that moves must be noticed.
func TestLayout(t *testing.T) {
	var request Request
	var reply Reply
	var column Column
	var metric Metric
	for _, field := range []struct {
		name      string
		got, want uintptr
	}{
		{"Request", unsafe.Sizeof(request), 176},
		{"Request.Version", unsafe.Offsetof(request.Version), 0},
		{"Request.Call", unsafe.Offsetof(request.Call), 24},
		{"Request.Rows", unsafe.Offsetof(request.Rows), 40},
		{"Request.Output", unsafe.Offsetof(request.Output), 64},
		{"Request.Next", unsafe.Offsetof(request.Next), 80},
		{"Request.Subtask", unsafe.Offsetof(request.Subtask), 96},
		{"Request.Zone", unsafe.Offsetof(request.Zone), 104},
		{"Reply", unsafe.Sizeof(reply), 128},
		{"Reply.Version", unsafe.Offsetof(reply.Version), 0},
		{"Reply.Rows", unsafe.Offsetof(reply.Rows), 40},
		{"Reply.Text", unsafe.Offsetof(reply.Text), 80},
		{"Column", unsafe.Sizeof(column), ColumnSize},
		{"Column.Data", unsafe.Offsetof(column.Data), 32},
		{"Column.Rest", unsafe.Offsetof(column.Rest), 56},
		{"Metric", unsafe.Sizeof(metric), MetricSize},
		{"Metric.Name", unsafe.Offsetof(metric.Name), 16},
		{"Metric.Sum", unsafe.Offsetof(metric.Sum), 96},
	} {
		if field.got != field.want {
			t.Errorf("%s is at or of %d bytes, want %d", field.name, field.got, field.want)
		}
	}
	if unsafe.Sizeof(request) > ReplyOffset || ReplyOffset+unsafe.Sizeof(reply) > FrameSize {
		t.Error("request and reply overlap, or do not fit into a frame")
	}
	if HeaderSize%Alignment != 0 || FrameSize%Alignment != 0 || HeaderSize < StopOffset+8 {
		t.Error("the header ends in the middle of something")
	}
	const page = 64 << 10 // the largest one
	if BoardSize%page != 0 || BoardMetrics%MetricSize != 0 || unsafe.Sizeof(Board{}) > BoardTexts {
		t.Error("the board is not of whole pages, or its parts overlap")
	}
}

func TestAlign(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 8, 7: 8, 8: 8, 9: 16} {
		if got := Align(n); got != want {
			t.Errorf("Align(%d) = %d, want %d", n, got, want)
		}
	}
}
