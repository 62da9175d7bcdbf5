package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// The setting lets the functions of queries that start after it connect, and of \try, and no others. A wrong value is
// shown in its place.
func TestNetworkSetting(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	defer site.Close()
	defer run(t, "RESET 'riffle.functions.network'")
	address := strings.TrimPrefix(site.URL, "http://")
	run(t, `func FetchPage(url string) (string, error) {
	r, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}`)
	closed := "dial tcp " + address + ": socket: operation not permitted (functions run without network; SET 'riffle.functions.network' = '" + address + "' lets them connect)"
	other := "dial tcp " + address + ": connect: not in riffle.functions.network (SET 'riffle.functions.network' = 'localhost:1, " + address + "' adds it)"
	for _, step := range []struct{ set, says, problem string }{
		{"", "", closed},
		{"SET 'riffle.functions.network' = 'LOCALHOST:1'", "OK: functions of queries that start from now on can connect to localhost:1", other},
		{"SET 'riffle.functions.network' = '" + address + "'", "OK: functions of queries that start from now on can connect to " + address, ""},
		{"RESET 'riffle.functions.network'", "OK: functions of queries that start from now on have no network", closed},
	} {
		if step.set != "" {
			if reply := run(t, step.set); reply.Message != step.says {
				t.Errorf("%s says %q", step.set, reply.Message)
			}
		}
		pages := sessiontest.Drain(t, run(t, "SELECT FetchPage('"+site.URL+"/' || name) FROM (VALUES ('a'), ('b')) AS v(name)").Events)
		tried, err := tryText(t, shared, "FetchPage('"+site.URL+"/c')")
		if step.problem == "" {
			if pages.Ended.Err != nil || !slices.Equal(pages.Table, []string{"/a", "/b"}) {
				t.Errorf("after %q: %q, %v", step.set, pages.Table, pages.Ended.Err)
			}
			if tried != "/c" || err != nil {
				t.Errorf("\\try after %q: %s, %v", step.set, tried, err)
			}
			continue
		}
		if pages.Ended.Err == nil || !strings.Contains(session.Explain(pages.Ended.Err), step.problem) {
			t.Errorf("after %q: %v\nwant %s", step.set, pages.Ended.Err, step.problem)
		}
		if err == nil || !strings.Contains(err.Error(), step.problem) {
			t.Errorf("\\try after %q: %s, %v", step.set, tried, err)
		}
	}
	_, err := execute(t, "SET 'riffle.functions.network' =\n  'api.example.com'", query.Lossless)
	const want = `riffle.functions.network: "api.example.com" has no port: write api.example.com:443`
	if err == nil || !strings.Contains(session.Explain(err), want) || !strings.Contains(session.Explain(err), "2:3") && !strings.Contains(session.Explain(err), "line 2") {
		t.Errorf("a wrong value: %v", session.Explain(err))
	}
	if reply := run(t, "SET 'riffle.functions.jail' = 'off'; SET 'riffle.functions.network' = 'a:1'"); reply.Message != "OK, but functions run without the jail: they can connect to any host" {
		t.Errorf("without the jail: %q", reply.Message)
	}
	run(t, "RESET 'riffle.functions.jail'")
}
