package payload_test

import (
	"strings"
	"testing"

	"riffle/udfhost/payload"
)

// The planner reads these bytes (Payload.java), and equal payloads are one call.
func TestBytes(t *testing.T) {
	for want, p := range map[string]payload.Payload{
		`{"riffle":2,"kind":"scalar","program":"ab12","function":"Grade"}`: {Kind: payload.Scalar, Program: "ab12", Function: "Grade"},
		`{"riffle":2,"kind":"scalar","program":"ab12","function":"Größe","onError":"skip","varies":true,"call":2}`: {
			Kind: payload.Scalar, Program: "ab12", Function: "Größe", OnError: "skip", Varies: true, Call: 2},
		`{"riffle":2,"kind":"table","program":"ab12","function":"Words"}`: {Kind: payload.Table, Program: "ab12", Function: "Words"},
		`{"riffle":2,"kind":"kept"}`:                                      {Kind: payload.Kept},
	} {
		if got := string(p.Bytes()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		p.Version = payload.Version
		if got, err := payload.Parse([]byte(want)); err != nil || got != p {
			t.Errorf("%s is read as %+v, %v", want, got, err)
		}
	}
}

func TestParseRefusesOtherVersions(t *testing.T) {
	for _, text := range []string{
		"", "riffle:1:ab12:Grade", "inc", `{}`, `{"riffle":1,"kind":"scalar","function":"F"}`, `{"riffle":3,"kind":"scalar"}`,
		`{"riffle":2,"kind":"scalar","function":"F","timeout":5}`, `{"riffle":2,"kind":"scalar"}#2`, `{"riffle":2,"kind":"scalar"}{}`, `{"riffle":2,"kind":"scalar"}}`, `{"riffle":2,"kind":"scalar"}]`,
	} {
		if p, err := payload.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "was not registered by this version of riffle") {
			t.Errorf("%s is read as %+v, %v", text, p, err)
		}
	}
}
