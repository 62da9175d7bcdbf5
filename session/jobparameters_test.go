package session

import (
	"maps"
	"testing"
)

func TestJobParameters(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                         {},
		"a:1":                      {"a": "1"},
		"a:1, b: two words ,c:":    {"a": "1", "b": "two words", "c": ""},
		`a:'x,y:z','b:c':"it's"`:   {"a": "x,y:z", "b:c": "it's"},
		`a:'it''s',b:"say ""hi"""`: {"a": "it's", "b": `say "hi"`},
	} {
		got, err := jobParameters(map[string]string{jobParametersSetting: text})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"a":        `"a" is not key:value: SET 'pipeline.global-job-parameters' = 'key:value,key:value'`,
		"a:b:c":    `"a:b:c" is not key:value: SET 'pipeline.global-job-parameters' = 'key:value,key:value'`,
		"a:1,b":    `"b" is not key:value: SET 'pipeline.global-job-parameters' = 'key:value,key:value'`,
		"a:1,b:2,": `"" is not key:value: SET 'pipeline.global-job-parameters' = 'key:value,key:value'`,
	} {
		if got, err := jobParameters(map[string]string{jobParametersSetting: text}); err == nil || err.Error() != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}
