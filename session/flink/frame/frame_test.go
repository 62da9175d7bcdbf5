package frame_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"riffle/session/flink/frame"
	"riffle/session/flink/frame/frametest"
)

var hello = frame.Hello{Direction: frame.RowsToClient, Token: "secret", Query: "q7", Subtask: 1, Parallelism: 4, Attempt: 2}

func TestHelloSurvivesTheWire(t *testing.T) {
	got, err := frame.ReadHello(iotest.OneByteReader(bytes.NewReader(frametest.Hello(nil, hello))))
	if err != nil || got != hello {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHelloThatMakesNoSense(t *testing.T) {
	good := frametest.Hello(nil, hello)
	for n := range len(good) {
		if _, err := frame.ReadHello(bytes.NewReader(good[:n])); err == nil {
			t.Errorf("a hello cut after %d bytes was taken", n)
		}
	}
	for name, change := range map[string]func(*frame.Hello){
		"subtask beyond parallelism": func(h *frame.Hello) { h.Subtask = 4 },
		"negative subtask":           func(h *frame.Hello) { h.Subtask = -1 },
		"negative attempt":           func(h *frame.Hello) { h.Attempt = -1 },
		"unknown direction":          func(h *frame.Hello) { h.Direction = 9 },
		"long token":                 func(h *frame.Hello) { h.Token = string(make([]byte, 1<<10+1)) },
	} {
		h := hello
		change(&h)
		if _, err := frame.ReadHello(bytes.NewReader(frametest.Hello(nil, h))); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := frame.ReadHello(bytes.NewReader([]byte("GET / HTTP/1.1\r\n\r\n"))); err == nil {
		t.Error("an HTTP request was taken")
	}
}

func TestReaderJoinsDataFrames(t *testing.T) {
	wire := frametest.Data(nil, []byte("ab"))
	wire = frametest.Data(wire, nil)
	wire = frametest.Data(wire, []byte("cde"))
	wire = frametest.End(wire, 42)
	r := frame.NewReader(iotest.OneByteReader(bytes.NewReader(wire)))
	if _, ok := r.Rows(); ok {
		t.Error("rows are known before the end frame")
	}
	got, err := io.ReadAll(r)
	if rows, ok := r.Rows(); err != nil || string(got) != "abcde" || rows != 42 || !ok {
		t.Errorf("read %q, %v, rows %d %v", got, err, rows, ok)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read on after the end: %d, %v", n, err)
	}
}

func TestEveryCutIsSeen(t *testing.T) {
	wire := frametest.End(frametest.Data(nil, []byte("rows")), 1)
	for n := range len(wire) {
		r := frame.NewReader(bytes.NewReader(wire[:n]))
		_, err := io.ReadAll(r)
		if _, ok := r.Rows(); !errors.Is(err, frame.ErrCut) || ok {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

func TestFramesThatMakeNoSense(t *testing.T) {
	for name, wire := range map[string][]byte{
		"kind":         {9, 0, 0, 0, 0},
		"data length":  {1, 0xff, 0, 0, 0},
		"end length":   {2, 0, 0, 0, 4, 0, 0, 0, 0},
		"row count":    frametest.End(nil, -1),
		"no frame yet": {1, 0, 0},
		"data behind":  frametest.Data(frametest.End(nil, 0), []byte("rows")),
		"a second end": frametest.End(frametest.End(nil, 0), 0),
	} {
		if _, err := io.ReadAll(frame.NewReader(bytes.NewReader(wire))); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(frametest.End(frametest.Data(nil, []byte("rows")), 1))
	f.Add(frametest.Hello(nil, hello))
	f.Fuzz(func(t *testing.T, wire []byte) {
		_, _ = frame.ReadHello(bytes.NewReader(wire))
		r := frame.NewReader(bytes.NewReader(wire))
		_, err := io.ReadAll(r)
		if _, ok := r.Rows(); ok != (err == nil) {
			t.Fatalf("complete %v with error %v", ok, err)
		}
	})
}
