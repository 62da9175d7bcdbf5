package kernel_test

import (
	"fmt"
	"strings"
	"testing"

	"riffle/kernel/wire"
	"riffle/session/sessiontest/sample"
)

// malformed are contents that no client should send, of any request. The sample has one in
// five of the fields and their values.
func malformed() []string {
	contents := []string{"{}", "null", `{"": {"": [[[[]]]]}}`}
	fields := []string{
		"code", "cursor_pos", "detail_level", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error",
		"hist_access_type", "session", "start", "stop", "n", "pattern", "unique", "output",
		"comm_id", "target_name", "data", "subshell_id", "seq", "command", "value",
	}
	values := []string{"null", "-1", "9223372036854775807", "1e300", "true", `"\u0000\ud800"`, "[]", `{"x": []}`}
	var ones []string
	for _, value := range values {
		var pairs []string
		for _, field := range fields {
			pairs = append(pairs, fmt.Sprintf("%q: %s", field, value))
			ones = append(ones, fmt.Sprintf("{%q: %s}", field, value))
		}
		contents = append(contents, "{"+strings.Join(pairs, ", ")+"}")
	}
	contents = append(contents, sample.Every(5, ones)...)
	for _, access := range []string{"tail", "range", "search"} {
		contents = append(contents, fmt.Sprintf(`{"hist_access_type": %q, "n": -5, "session": -9, "start": 7, "stop": -3, "pattern": "[*"}`, access))
	}
	return append(contents,
		`{"code": "SELECT 'é", "cursor_pos": 9223372036854775807}`,
		`{"code": "`+strings.Repeat("x", 1<<20)+`", "cursor_pos": 1000}`)
}

// Whatever a request contains, it is answered on its socket, between busy and idle, and so are
// the requests after it.
func TestMalformedRequests(t *testing.T) {
	c := newClient(t)
	onShell := []string{
		"execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request",
		"comm_info_request", "kernel_info_request", "connect_request", "comm_open", "comm_msg", "comm_close", "no_such_message",
	}
	onControl := []string{
		"create_subshell_request", "delete_subshell_request", "list_subshell_request", "interrupt_request",
		"debug_request", "kernel_info_request", "no_such_message",
	}
	for _, of := range []struct {
		socket *socket
		types  []string
	}{{c.shell, onShell}, {c.control, onControl}} {
		for _, messageType := range of.types {
			for _, content := range malformed() {
				id := c.send(of.socket, wire.Header{Type: messageType}, wire.Header{}, content)
				var states []any
				for len(states) < 2 {
					if m := c.read(c.iopub); m.parent.ID == id && m.Header.Type == "status" {
						states = append(states, m.content["execution_state"])
					}
				}
				if fmt.Sprint(states) != "[busy idle]" {
					t.Errorf("%s %.80s: %v", messageType, content, states)
				}
				if !strings.HasSuffix(messageType, "_request") {
					continue
				}
				m := c.read(of.socket)
				if m.parent.ID != id || m.Header.Type != strings.TrimSuffix(messageType, "_request")+"_reply" {
					t.Fatalf("%s %.80s is answered by %s", messageType, content, m.Header.Type)
				}
				switch status := m.content["status"]; {
				case messageType == "debug_request", messageType == "is_complete_request": // have words of their own
				case status != "ok" && status != "error":
					t.Errorf("%s %.80s: %v", messageType, content, m.content)
				}
			}
		}
	}
	for _, junk := range malformed() {
		c.send(c.stdin, wire.Header{Type: "input_reply"}, wire.Header{}, junk)
		c.send(c.stdin, wire.Header{Type: "execute_request"}, wire.Header{}, junk)
	}
	if r := c.execute("%echo alive"); r.stdout != "alive\n" {
		t.Errorf("%v", r.reply)
	}
}

func TestDebuggerIsRefused(t *testing.T) {
	c := newClient(t)
	answer := c.ask(c.control, "debug_request", map[string]any{"type": "request", "seq": 7, "command": "initialize"})
	if answer["success"] != false || answer["request_seq"] != 7.0 || answer["command"] != "initialize" {
		t.Errorf("%v", answer)
	}
}
