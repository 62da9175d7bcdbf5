package session_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// TestMetricsReachFlink: what functions count is among the metrics of Flink, with riffle's operators, and with Flink's
// if the whole test runs.
func TestMetricsReachFlink(t *testing.T) {
	declare(t)
	sessiontest.Drain(t, run(t, "SELECT 1").Events)
	rest, err := embedded.AwaitCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string, into any) error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rest+path, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		return json.NewDecoder(response.Body).Decode(into)
	}
	for _, operator := range sample.Every(2, []string{"columns", "flink"}) {
		t.Run(operator, func(t *testing.T) {
			run(t, "SET 'riffle.functions.operator' = '"+operator+"'")
			defer run(t, "RESET 'riffle.functions.operator'")
			sessiontest.MetricsReachFlink(t, shared, get)
		})
	}
}
