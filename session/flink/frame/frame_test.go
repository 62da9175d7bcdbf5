package frame

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

var hello = Hello{Direction: RowsToClient, Token: "secret", Query: "q7", Subtask: 1, Parallelism: 4, Attempt: 2}

func TestHelloSurvivesTheWire(t *testing.T) {
	got, err := ReadHello(iotest.OneByteReader(bytes.NewReader(AppendHello(nil, hello))))
	if err != nil || got != hello {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestHelloThatMakesNoSense(t *testing.T) {
	good := AppendHello(nil, hello)
	for n := range len(good) {
		if _, err := ReadHello(bytes.NewReader(good[:n])); err == nil {
			t.Errorf("a hello cut after %d bytes was taken", n)
		}
	}
	for name, change := range map[string]func(*Hello){
		"subtask beyond parallelism": func(h *Hello) { h.Subtask = 4 },
		"negative subtask":           func(h *Hello) { h.Subtask = -1 },
		"negative attempt":           func(h *Hello) { h.Attempt = -1 },
		"unknown direction":          func(h *Hello) { h.Direction = 9 },
		"long token":                 func(h *Hello) { h.Token = string(make([]byte, maxName+1)) },
	} {
		h := hello
		change(&h)
		if _, err := ReadHello(bytes.NewReader(AppendHello(nil, h))); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := ReadHello(bytes.NewReader([]byte("GET / HTTP/1.1\r\n\r\n"))); err == nil {
		t.Error("an HTTP request was taken")
	}
}

func TestReaderJoinsDataFrames(t *testing.T) {
	wire := AppendData(nil, []byte("ab"))
	wire = AppendData(wire, nil)
	wire = AppendData(wire, []byte("cde"))
	wire = AppendEnd(wire, 42)
	r := NewReader(iotest.OneByteReader(bytes.NewReader(wire)))
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
	wire := AppendEnd(AppendData(nil, []byte("rows")), 1)
	for n := range len(wire) {
		r := NewReader(bytes.NewReader(wire[:n]))
		_, err := io.ReadAll(r)
		if _, ok := r.Rows(); !errors.Is(err, ErrCut) || ok {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

func TestFramesThatMakeNoSense(t *testing.T) {
	for name, wire := range map[string][]byte{
		"kind":         {9, 0, 0, 0, 0},
		"data length":  {kindData, 0xff, 0, 0, 0},
		"end length":   {kindEnd, 0, 0, 0, 4, 0, 0, 0, 0},
		"row count":    AppendEnd(nil, -1),
		"no frame yet": {kindData, 0, 0},
		"data behind":  AppendData(AppendEnd(nil, 0), []byte("rows")),
		"a second end": AppendEnd(AppendEnd(nil, 0), 0),
	} {
		if _, err := io.ReadAll(NewReader(bytes.NewReader(wire))); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(AppendEnd(AppendData(nil, []byte("rows")), 1))
	f.Add(AppendHello(nil, hello))
	f.Fuzz(func(t *testing.T, wire []byte) {
		_, _ = ReadHello(bytes.NewReader(wire))
		r := NewReader(bytes.NewReader(wire))
		_, err := io.ReadAll(r)
		if _, ok := r.Rows(); ok != (err == nil) {
			t.Fatalf("complete %v with error %v", ok, err)
		}
	})
}
