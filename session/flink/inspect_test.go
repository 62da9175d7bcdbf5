package flink_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"riffle/session/flink"
)

// An address where there is no Flink cluster is inspected. The error says what answers there, and what to do.
func TestInspectWithoutACluster(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		answer  string
		message string
		next    string
	}{
		{"web server", http.StatusNotFound, "<html>", "ADDRESS does not answer as a Flink cluster does: HTTP status 404", "the address must be that of"},
		{"page", http.StatusOK, "<html>", "ADDRESS does not answer as a Flink cluster does: its answer has another form", "the address must be that of"},
		{"other JSON", http.StatusOK, "{}", "ADDRESS does not answer as a Flink cluster does: its answer has another form", "the address must be that of"},
		{"starting", http.StatusServiceUnavailable, "{}", "no Flink cluster answers at ADDRESS", "check the address"},
		{"nobody", 0, "", "no Flink cluster answers at ADDRESS", "check the address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}))
			defer server.Close()
			if c.status == 0 {
				server.Close()
			}
			_, err := flink.Inspect(t.Context(), server.URL)
			none, is := errors.AsType[*flink.NoClusterError](err)
			if !is || none.Message != strings.ReplaceAll(c.message, "ADDRESS", server.URL) || !strings.HasPrefix(none.NextStep, c.next) {
				t.Errorf("%+v", err)
			}
		})
	}
}
