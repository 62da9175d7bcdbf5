package kernel

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"riffle/kernel/wire"
)

// prompt is a question that a cell asks the user of its client.
type prompt struct {
	id       string // of the input_request
	client   string
	subshell string
	answer   chan string // has room for one
}

// prompts are the open questions.
type prompts struct {
	mu   sync.Mutex
	open []*prompt
}

// asker returns a function that asks the user of the client that sent the cell; nil if that
// client does not accept questions.
func (c *cell) asker() func(context.Context, string) (string, error) {
	if !c.asked.AllowStdin {
		return nil
	}
	return c.input
}

// gone is the interval at which the kernel checks whether a client that was asked is still
// connected.
const gone = time.Second

var errNoInput = errors.New("riffle cannot ask this client: it has no stdin channel")

// input asks the user for a line. It waits for the answer as long as the cell runs and the
// client is connected. An interrupt ends it.
func (c *cell) input(ctx context.Context, text string) (string, error) {
	c.out.flush() // the text that leads to the question is above it
	r := c.out.parent
	parts, id, err := c.codec.Ask(r.Message, "input_request", object{"prompt": text, "password": false})
	if err != nil {
		return "", err
	}
	q := &prompt{id: id, client: r.client, subshell: r.Header.Subshell, answer: make(chan string, 1)}
	c.prompts.add(q)
	defer c.prompts.remove(q)
	if !c.stdin.Send(r.client, parts) {
		return "", errNoInput
	}
	check := time.NewTicker(gone)
	defer check.Stop()
	for {
		select {
		case line := <-q.answer:
			return line, nil
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-check.C:
			if !c.stdin.Connected(r.client) {
				return "", errNoInput
			}
		}
	}
}

// onStdin handles messages from the stdin socket.
func (k *Kernel) onStdin(_ context.Context, r *request) {
	if r.Header.Type != "input_reply" {
		return
	}
	var content struct{ Value string }
	if err := r.Unpack(&content); err != nil {
		k.config.Log.Warn("an answer was not read", "error", err) // as if it were empty
	}
	var parent wire.Header
	_ = r.Parent(&parent) // jupyter_client sends none
	if q := k.prompts.take(r.client, r.Header.Subshell, parent.ID); q != nil {
		q.answer <- content.Value
	}
}

func (p *prompts) add(q *prompt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, q)
}

func (p *prompts) remove(q *prompt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = slices.DeleteFunc(p.open, func(other *prompt) bool { return other == q })
}

// take finds the question that an answer belongs to: the one that it names, or otherwise the
// one of its subshell. It returns nil for an answer to a question that is not open, because the
// answer is late or comes from another client.
func (p *prompts) take(client, subshell, id string) *prompt {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.open, func(q *prompt) bool {
		return q.client == client && (q.id == id || id == "" && q.subshell == subshell)
	})
	if at < 0 {
		return nil
	}
	q := p.open[at]
	p.open = slices.Delete(p.open, at, at+1)
	return q
}
