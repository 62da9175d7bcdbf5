//go:build linux

package network

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"riffle/udfhost/guest/abi"
)

// asked returns the message of a question, as Go's resolver sends it.
func asked(t testing.TB, id uint16, name string, kind dnsmessage.Type) []byte {
	t.Helper()
	called, err := dnsmessage.NewName(name)
	if err != nil {
		t.Fatal(err)
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true, AuthenticData: true})
	var size dnsmessage.ResourceHeader
	for _, err := range []error{
		b.StartQuestions(), b.Question(dnsmessage.Question{Name: called, Type: kind, Class: dnsmessage.ClassINET}),
		b.StartAdditionals(), size.SetEDNS0(1232, dnsmessage.RCodeSuccess, false), b.OPTResource(size, dnsmessage.OPTResource{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	message, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestQuestion(t *testing.T) {
	longest := strings.Repeat(strings.Repeat("x", 62)+".", 4) // with lengths and the root 253 bytes
	for _, test := range []struct {
		name   string
		kind   dnsmessage.Type
		family uint16
	}{
		{"api.example.com.", dnsmessage.TypeA, abi.IPv4},
		{"api.example.com.", dnsmessage.TypeAAAA, abi.IPv6},
		{"Localhost.", dnsmessage.TypeA, abi.IPv4},
		{"_sip._tcp.example.com.", dnsmessage.TypeSRV, 0},
		{strings.Repeat("x", 63) + ".", dnsmessage.TypeTXT, 0},
		{longest, dnsmessage.TypeA, abi.IPv4},
	} {
		message := asked(t, 0xabcd, test.name, test.kind)
		q, err := parseQuestion(message)
		if err != nil || q.name != test.name || q.kind != uint16(test.kind) || q.family() != test.family || q.id != [2]byte{0xab, 0xcd} {
			t.Errorf("%s %v: %+v, %v", test.name, test.kind, q, err)
		}
		if section := message[headerSize : headerSize+len(test.name)+1+4]; !bytes.Equal(q.section, section) {
			t.Errorf("%s: the section is % x, not % x", test.name, q.section, section)
		}
	}
}

// Each part of a message without the rest is rejected, and so is what Go's resolver does not send.
func TestWrongQuestions(t *testing.T) {
	message := asked(t, 1, "a.example.", dnsmessage.TypeA)
	question := message[:headerSize+len("a.example.")+1+4]
	for n := range len(question) {
		if q, err := parseQuestion(message[:n]); err == nil {
			t.Errorf("%d bytes are taken for %+v", n, q)
		}
	}
	if _, err := parseQuestion(question); err != nil {
		t.Errorf("a message without additional records: %v", err)
	}
	changed := func(at int, to ...byte) []byte {
		m := bytes.Clone(question)
		copy(m[at:], to)
		return m
	}
	for what, m := range map[string][]byte{
		"no question":        changed(4, 0, 0),
		"two questions":      changed(4, 0, 2),
		"257 questions":      changed(4, 1, 1),
		"a pointer":          changed(headerSize, 0xc0, headerSize),
		"a long label":       append(append(bytes.Clone(question[:headerSize]), 64), make([]byte, 80)...),
		"the root":           append(bytes.Clone(question[:headerSize]), 0, 0, 1, 0, 1),
		"a name of 256":      append(append(bytes.Clone(question[:headerSize]), bytes.Repeat([]byte("\x3f"+strings.Repeat("x", 63)), 4)...), 0, 0, 1, 0, 1),
		"a label to the end": append(bytes.Clone(question[:headerSize]), 4, 'a', 'b', 'c', 'd'),
	} {
		if q, err := parseQuestion(m); err == nil {
			t.Errorf("%s is taken for %+v", what, q)
		}
	}
}

// addressed returns the text of the host's reply with addresses.
func addressed(all ...string) string {
	var text []byte
	for _, a := range all {
		b := netip.MustParseAddr(a).As16()
		text = append(text, b[:]...)
	}
	return string(text)
}

// answered returns the addresses of an answer, read by the package that Go's resolver uses, too.
func answered(t testing.TB, message []byte) (dnsmessage.Message, []string) {
	t.Helper()
	var m dnsmessage.Message
	if err := m.Unpack(message); err != nil {
		t.Fatalf("% x: %v", message, err)
	}
	var addresses []string
	for _, r := range m.Answers {
		if r.Header.Name != m.Questions[0].Name || r.Header.Class != dnsmessage.ClassINET || r.Header.TTL != 0 {
			t.Errorf("the record of %s is %v", m.Questions[0].Name, r.Header.GoString())
		}
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			addresses = append(addresses, netip.AddrFrom4(body.A).String())
		case *dnsmessage.AAAAResource:
			addresses = append(addresses, netip.AddrFrom16(body.AAAA).String())
		}
	}
	return m, addresses
}

func TestAnswer(t *testing.T) {
	many := slices.Repeat([]string{"10.0.0.1", "10.0.0.2"}, 200)
	for _, test := range []struct {
		kind dnsmessage.Type
		code byte
		all  []string
	}{
		{dnsmessage.TypeA, 0, []string{"127.0.0.1"}},
		{dnsmessage.TypeA, 0, []string{"10.0.0.1", "192.168.1.255", "8.8.8.8"}},
		{dnsmessage.TypeA, 0, many},
		{dnsmessage.TypeAAAA, 0, []string{"::1", "2001:db8::ff"}},
		{dnsmessage.TypeAAAA, 0, nil},
		{dnsmessage.TypeA, noSuchName, nil},
		{dnsmessage.TypeTXT, 0, nil},
	} {
		q, err := parseQuestion(asked(t, 0xfffe, "api.Example.com.", test.kind))
		if err != nil {
			t.Fatal(err)
		}
		four := make([]string, len(test.all))
		for i, a := range test.all {
			if four[i] = a; test.kind == dnsmessage.TypeA {
				four[i] = "::ffff:" + a // as the host sends it
			}
		}
		m, got := answered(t, q.answer(test.code, addressed(four...)))
		if !slices.Equal(got, test.all) {
			t.Errorf("%v: %v, not %v", test.kind, got, test.all)
		}
		if m.ID != 0xfffe || !m.Response || !m.RecursionDesired || !m.RecursionAvailable || m.Truncated || m.RCode != dnsmessage.RCode(test.code) {
			t.Errorf("%v: the header is %s", test.kind, m.Header.GoString())
		}
		if len(m.Questions) != 1 || m.Questions[0].Name.String() != "api.Example.com." || m.Questions[0].Type != test.kind {
			t.Errorf("%v: the questions are %v", test.kind, m.Questions)
		}
	}
}

// A question that is taken has a name that the host accepts, and its answer is one for every reader.
func FuzzQuestion(f *testing.F) {
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeMX} {
		f.Add(asked(f, 7, "api.example.com.", kind), addressed("::1", "::ffff:10.0.0.1"))
	}
	f.Add([]byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02a.\x00\x00\x01\x00\x01"), "")
	f.Fuzz(func(t *testing.T, message []byte, addresses string) {
		q, err := parseQuestion(message)
		if err != nil {
			return
		}
		var reader dnsmessage.Parser
		if _, err := reader.Start(message); err != nil {
			t.Fatal(err)
		}
		want, err := reader.Question()
		if err != nil {
			return // such as a label with a dot, which Go's resolver does not send
		}
		if q.name != want.Name.String() || q.kind != uint16(want.Type) || len(q.name) > abi.MaxName {
			t.Errorf("% x is taken for %q %d, not %s", message, q.name, q.kind, want.GoString())
		}
		if q.family() == 0 {
			addresses = ""
		}
		addresses = addresses[:min(len(addresses), abi.MaxPacket)]
		m, got := answered(t, q.answer(0, addresses))
		if m.ID != uint16(message[0])<<8|uint16(message[1]) || m.Questions[0] != want || len(got) != len(addresses)/16 {
			t.Errorf("the answer to %s has %s and %d of %d addresses", want.GoString(), m.GoString(), len(got), len(addresses)/16)
		}
	})
}
