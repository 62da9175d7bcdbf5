package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newTestCodec(key string) *Codec { return NewCodec(key, "session", func() string { return "id" }) }

// request returns a message of a client.
func request(t testing.TB, c *Codec, messageType, content string) [][]byte {
	t.Helper()
	parts, err := c.Publish("client", nil, messageType, json.RawMessage(content))
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestReplyFollowsItsRequest(t *testing.T) {
	c := newTestCodec("secret")
	m, err := c.Decode(append(request(t, c, "execute_request", `{"code":"<b>"}`), []byte("buffer")))
	if err != nil {
		t.Fatal(err)
	}
	var content struct{ Code string }
	if err := m.Unpack(&content); err != nil || content.Code != "<b>" || len(m.Buffers) != 1 {
		t.Fatalf("%+v, %d buffers, %v", content, len(m.Buffers), err)
	}
	parts, err := c.Reply(m, "execute_reply", map[string]string{"status": "<ok>"})
	if err != nil {
		t.Fatal(err)
	}
	if string(parts[0]) != "client" || string(parts[1]) != delimiter {
		t.Fatalf("%q", parts)
	}
	var parent Header
	if err := json.Unmarshal(parts[4], &parent); err != nil || parent != m.Header {
		t.Fatalf("the parent is %s", parts[4])
	}
	if string(parts[6]) != `{"status":"<ok>"}` {
		t.Fatalf("the content is %s", parts[6])
	}
	answer, err := c.Decode(parts)
	if err != nil || answer.Header.Type != "execute_reply" || answer.Header.Version != Version {
		t.Fatalf("%+v, %v", answer, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	c := newTestCodec("secret")
	good := request(t, c, "x", `{}`)
	changed := func(at int, part string) [][]byte {
		parts := append([][]byte{}, good...)
		parts[at] = []byte(part)
		return parts
	}
	signed := func(header, content string) [][]byte {
		body := [][]byte{[]byte(header), []byte("{}"), []byte("{}"), []byte(content)}
		return append([][]byte{[]byte(delimiter), c.sign(body)}, body...)
	}
	for name, parts := range map[string][][]byte{
		"nothing":       nil,
		"no delimiter":  good[2:],
		"cut":           good[:6],
		"signature":     changed(2, strings.Repeat("0", 64)),
		"no signature":  changed(2, ""),
		"other content": changed(6, `{"code":"DROP"}`),
		"other key":     request(t, newTestCodec("other"), "x", `{}`),
		"header":        signed("junk", "{}"),
		"no type":       signed(`{"msg_id":"1"}`, "{}"),
		"content":       signed(`{"msg_type":"x"}`, "[1"),
		"no object":     signed(`{"msg_type":"x"}`, "[1]"),
	} {
		if m, err := c.Decode(parts); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if _, err := c.Decode(good); err != nil {
		t.Error(err)
	}
}

func TestReadConnection(t *testing.T) {
	good := `{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"signature_scheme":"hmac-sha256","key":"k","kernel_name":"x"}`
	path := filepath.Join(t.TempDir(), "connection.json")
	read := func(text string) (Connection, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadConnection(path)
	}
	c, err := read(good)
	if err != nil {
		t.Fatal(err)
	}
	if network, address := c.Address(c.Control); network != "tcp" || address != "127.0.0.1:4" {
		t.Errorf("%s %s", network, address)
	}
	c.Transport, c.IP = "ipc", "/run/kernel"
	if network, address := c.Address(c.Heartbeat); network != "unix" || address != "/run/kernel-5" {
		t.Errorf("%s %s", network, address)
	}
	for _, change := range [][2]string{
		{`"tcp"`, `"udp"`}, {`"key":"k"`, `"key":""`}, {"hmac-sha256", "hmac-md5"}, {`"hb_port":5`, `"hb_port":0`}, {"{", "["},
	} {
		if _, err := read(strings.Replace(good, change[0], change[1], 1)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", change[1], err)
		}
	}
	if _, err := ReadConnection(path + "x"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// FuzzDecode reads any bytes as parts, signed and not.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"msg_type":"x"}`), []byte(`{"a":1}`), []byte("route"))
	f.Add([]byte(`{"msg_type":1}`), []byte(`{`), []byte(delimiter))
	f.Fuzz(func(t *testing.T, header, content, route []byte) {
		c := newTestCodec("secret")
		body := [][]byte{header, []byte("{}"), []byte("{}"), content}
		if _, err := c.Decode(append([][]byte{route, []byte(delimiter), header}, body...)); err == nil {
			t.Fatal("a message without a signature was taken")
		}
		m, err := c.Decode(append([][]byte{[]byte(delimiter), c.sign(body)}, body...))
		if err != nil {
			return
		}
		parts, err := c.Reply(m, "reply", struct{}{})
		if err != nil {
			t.Fatalf("%q cannot be answered: %v", header, err)
		}
		if !bytes.Equal(parts[3], header) {
			t.Fatalf("the parent of %q is %q", header, parts[3])
		}
	})
}
