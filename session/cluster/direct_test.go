package cluster_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"riffle/session/query"
	"riffle/session/sessiontest"
)

// directRows receives rows over connections from the TaskManagers. The token of these connections is in a request to
// the query's coordinator, and not in the job.
func directRows(t *testing.T) {
	rest := record(t)
	m := sessiontest.OpenDirect(t, rest.address)
	const rows = 200_000
	m.Do(sessiontest.SequenceTable("direct", rows) + "; SET 'parallelism.default' = '6'")
	reply := try(t, m, "SELECT id FROM direct")
	count, sum := 0, 0
	ended := eachRow(t, reply.Events, func(first int64) { count, sum = count+1, sum+int(first) })
	if ended.State != query.Finished || count != rows || sum != rows*(rows+1)/2 {
		t.Errorf("%d rows with the sum %d, %v: %v", count, sum, ended.State, ended.Err)
	}
	if rest.answered > rows {
		t.Errorf("the cluster has answered %d bytes, so rows have come through the JobManager", rest.answered)
	}
	tokens := rest.tokens(t)
	if len(tokens) != 1 {
		t.Fatalf("the coordinator got the tokens %q", tokens)
	}
	if !bytes.Contains(rest.jobs, []byte("riffle-result")) || bytes.Contains(rest.jobs, []byte(tokens[0])) {
		t.Error("the job contains the token, or not even the name of its sink")
	}

	m.Do(endless)
	reader := try(t, m, "SELECT id FROM endless")
	sessiontest.AwaitRows(t, reader.Query)
	if err := reader.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, reader.Query.Started().Job, "CANCELED")
	fewRequests(t, m, rest)
}

// recorder passes requests on to the cluster, and keeps those that matter here.
type recorder struct {
	address string

	mu       sync.Mutex
	jobs     []byte // submitted
	asked    []string
	answered int
	log      []exchange
}

// exchange is a request and its answer.
type exchange struct {
	path       string
	begun, end time.Time
}

func record(t *testing.T) *recorder {
	cluster, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	proxy := httputil.NewSingleHostReverseProxy(cluster)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		switch path := request.URL.Path; {
		case request.Method != http.MethodPost:
		case strings.HasSuffix(path, "/jobs"):
			r.jobs = append(r.jobs, body...)
		case strings.Contains(path, "/coordinators/"):
			r.asked = append(r.asked, string(body))
		}
		r.mu.Unlock()
		e := exchange{path: request.URL.Path, begun: time.Now()}
		proxy.ServeHTTP(&counted{w, r}, request)
		e.end = time.Now()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.log = append(r.log, e)
	}))
	t.Cleanup(server.Close)
	r.address = server.URL
	return r
}

// counted counts the bytes of answers.
type counted struct {
	http.ResponseWriter
	r *recorder
}

func (c *counted) Write(b []byte) (int, error) {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.answered += len(b)
	return c.ResponseWriter.Write(b)
}

// tokens returns the different tokens of requests to coordinators, which are serialized Java objects in JSON.
func (r *recorder) tokens(t *testing.T) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []string
	for _, request := range r.asked {
		for _, text := range regexp.MustCompile(`[A-Za-z0-9+/]{64,}=*`).FindAllString(request, -1) {
			object, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range regexp.MustCompile(`[A-Z2-7]{26}`).FindAllString(string(object), -1) {
				if len(found) == 0 || found[0] != token {
					found = append(found, token)
				}
			}
		}
	}
	return found
}
