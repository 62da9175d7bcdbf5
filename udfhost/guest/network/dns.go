//go:build linux

package network

import (
	"errors"

	"riffle/udfhost/guest/abi"
)

// question is a question of DNS. The message formats are those of RFC 1035, section 4.
type question struct {
	id      [2]byte
	name    string
	kind    uint16
	section []byte // the question as it was sent
}

// Types of records, and codes of answers.
const (
	kindA      = 1
	kindAAAA   = 28
	classIN    = 1
	noSuchName = 3
)

const headerSize = 12

var errQuestion = errors.New("the question of the resolver cannot be read")

// parseQuestion reads the message of a question, which has one name. Compression is only for names that follow
// others.
func parseQuestion(message []byte) (question, error) {
	if len(message) < headerSize || message[4] != 0 || message[5] != 1 {
		return question{}, errQuestion
	}
	q := question{id: [2]byte(message[:2])}
	rest := message[headerSize:]
	for {
		if len(rest) == 0 || rest[0] > 63 || len(rest) <= int(rest[0]) {
			return question{}, errQuestion
		}
		label := rest[1 : 1+rest[0]]
		rest = rest[1+rest[0]:]
		if len(label) == 0 {
			break
		}
		q.name += string(label) + "."
	}
	if len(rest) < 4 || len(q.name) > abi.MaxName || q.name == "" {
		return question{}, errQuestion
	}
	q.kind = uint16(rest[0])<<8 | uint16(rest[1])
	q.section = message[headerSize : len(message)-len(rest)+4]
	return q, nil
}

// family returns the family of the addresses that are asked for, or 0.
func (q question) family() uint16 {
	switch q.kind {
	case kindA:
		return abi.IPv4
	case kindAAAA:
		return abi.IPv6
	}
	return 0
}

// answer returns the message that answers q with a code and with addresses of 16 bytes each.
func (q question) answer(code byte, addresses string) []byte {
	const (
		isAnswer, recursionDesired, recursionAvailable = 0x80, 0x01, 0x80
		nameOfQuestion                                 = 0xc000 | headerSize
	)
	count := len(addresses) / 16
	message := append(q.id[:2:2], isAnswer|recursionDesired, recursionAvailable|code, 0, 1, byte(count>>8), byte(count), 0, 0, 0, 0)
	message = append(message, q.section...)
	for i := range count {
		address := addresses[16*i : 16*i+16]
		if q.kind == kindA {
			address = address[12:]
		}
		message = append(message, nameOfQuestion>>8, nameOfQuestion&0xff, byte(q.kind>>8), byte(q.kind), 0, classIN,
			0, 0, 0, 0, 0, byte(len(address))) // to be used once
		message = append(message, address...)
	}
	return message
}
