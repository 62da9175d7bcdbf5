package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"riffle/session/command"
	"riffle/session/run"
)

// childrenMost is the maximum number of child subshells. JupyterLab creates one for each target
// of comms, and one for each console that a user opens.
const childrenMost = 64

// subshell executes requests one after the other, and concurrently with other subshells. It is
// the parent, which always exists, or a child that a client has created. What cells declare
// belongs to the session and is shared; cell numbers, history and display settings belong to
// each subshell.
type subshell struct {
	*Kernel
	id       string // "" of the parent
	nth      int    // child of the kernel, from 1; 0 of the parent
	requests *queue

	// Used by the worker, which is one goroutine:
	shown  command.Display
	count  int // cells executed
	period int // the number of its session in the history, 0 for none yet

	mu      sync.Mutex
	running *running // the running cell, or nil
	deleted bool
}

// running is a running cell.
type running struct {
	interrupt   context.CancelCauseFunc
	out         *output
	interrupted bool
}

// subshells are the subshells of a kernel.
type subshells struct {
	parent *subshell

	mu       sync.Mutex
	children []*subshell // the oldest first
	counted  int         // children so far, including deleted ones
}

func (s *subshells) begin(k *Kernel) { s.parent = newSubshell(k, "", 0) }

func newSubshell(k *Kernel, id string, nth int) *subshell {
	return &subshell{Kernel: k, id: id, nth: nth, requests: newQueue(), shown: command.Display{Format: "table"}}
}

// all returns the parent and its children.
func (s *subshells) all() []*subshell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*subshell{s.parent}, s.children...)
}

// find returns the subshell with an ID, or nil.
func (s *subshells) find(id string) *subshell {
	for _, one := range s.all() {
		if one.id == id {
			return one
		}
	}
	return nil
}

// add creates a child.
func (s *subshells) add(k *Kernel) (*subshell, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.children) >= childrenMost {
		return nil, fmt.Errorf("%d subshells exist, and more are not allowed: delete one first", childrenMost)
	}
	s.counted++
	child := newSubshell(k, rand.Text(), s.counted)
	s.children = append(s.children, child)
	return child, nil
}

// remove removes the child with an ID and returns it, or returns nil.
func (s *subshells) remove(id string) *subshell {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.children, func(child *subshell) bool { return child.id == id })
	if at < 0 {
		return nil
	}
	child := s.children[at]
	s.children = slices.Delete(s.children, at, at+1)
	return child
}

// anyRunning returns a running cell, the parent's if it has one, or nil.
func (s *subshells) anyRunning() *running {
	for _, one := range s.all() {
		if cell := one.current(); cell != nil {
			return cell
		}
	}
	return nil
}

// manageSubshells answers requests about subshells.
func (k *Kernel) manageSubshells(ctx context.Context, r *request) {
	answer := object{"status": "ok"}
	var err error
	switch r.Header.Type {
	case "create_subshell_request":
		var child *subshell
		if child, err = k.subshells.add(k); err == nil {
			k.tasks.Go(func() { child.work(ctx) })
			answer["subshell_id"] = child.id
		}
	case "delete_subshell_request":
		var asked struct {
			ID string `json:"subshell_id"`
		}
		if err = r.Unpack(&asked); err != nil {
			break
		}
		child := k.subshells.remove(asked.ID)
		if child == nil {
			err = errNoSubshell
			break
		}
		child.end()
	case "list_subshell_request":
		ids := []string{}
		for _, child := range k.subshells.all()[1:] {
			ids = append(ids, child.id)
		}
		answer["subshell_id"] = ids
	}
	if err != nil {
		answer = failed(err)
	}
	k.reply(r, replyType(r), answer)
}

// errNoSubshell is the answer to requests for a subshell that does not exist.
var errNoSubshell = errors.New("no such subshell: it was deleted, or its kernel has ended")

// replyType returns the type of the reply to a request.
func replyType(r *request) string {
	return strings.TrimSuffix(r.Header.Type, "_request") + "_reply"
}

// refuse rejects a request for a subshell that does not exist.
func (k *Kernel) refuse(r *request) {
	if !strings.HasSuffix(r.Header.Type, "_request") {
		return
	}
	failure := failed(errNoSubshell)
	failure["execution_count"] = 0
	if r.Header.Type == "execute_request" {
		k.publish(r, "", "error", errorContent(failure))
	}
	k.reply(r, replyType(r), failure)
}

// work executes the subshell's requests, until it is deleted and all of them are answered.
func (s *subshell) work(ctx context.Context) {
	for {
		r := s.requests.take(ctx)
		if r == nil {
			return
		}
		handle := s.handler(r.Header.Type)
		s.busy(r, func() { handle(ctx, r) })
	}
}

// begin records that a cell is running. In a subshell that was deleted in the meantime, the
// cell is interrupted at once.
func (s *subshell) begin(cell *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = cell
	if s.deleted {
		cell.interrupt(run.ErrInterrupted)
	}
}

// finish records that the cell has ended.
func (s *subshell) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.interrupted {
		s.stopping.rest(time.Now())
	}
	s.running = nil
}

// current returns the running cell, or nil.
func (s *subshell) current() *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// interrupt ends the running cell and aborts the waiting ones. It returns false if no cell is
// running.
func (s *subshell) interrupt() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return false
	}
	s.requests.abort()
	s.running.interrupted = true
	s.running.interrupt(run.ErrInterrupted)
	return true
}

// end ends a child: its running cell is interrupted, and the waiting ones are aborted. Its
// queries in the background continue.
func (s *subshell) end() {
	s.requests.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleted = true
	if s.running != nil {
		s.running.interrupt(run.ErrInterrupted)
	}
}

// publishBusy sends clients the state busy if a cell is running. Other requests that have ended
// in the meantime have sent idle, and clients go by the last state.
func (s *subshell) publishBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock() // the idle of the cell's end comes after
	if s.running == nil {
		return false
	}
	s.publish(s.running.out.parent, "", "status", object{"execution_state": "busy"})
	return true
}

// number names a cell of the subshell: cell[3], or cell[s1.3] of the first child.
func (s *subshell) number() string {
	if s.nth == 0 {
		return fmt.Sprintf("cell[%d]", s.count)
	}
	return fmt.Sprintf("cell[s%d.%d]", s.nth, s.count)
}
