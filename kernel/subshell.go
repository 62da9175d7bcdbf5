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

// childrenMost is how many subshells clients may make. JupyterLab makes one for
// each target of comms, and one for each console that a user asks for.
const childrenMost = 64

// subshell carries out requests one after the other, beside other subshells: the
// parent, which is always there, or a child that a client has made. What cells
// declare is the session's, and so everybody's; numbers, history and how things
// are shown are each subshell's own.
type subshell struct {
	*Kernel
	id       string // "" of the parent
	nth      int    // child of the kernel, from 1; 0 of the parent
	requests *queue

	// Of the worker, which is one goroutine:
	shown  command.Display
	count  int // cells executed
	period int // the number of its session in the history, 0 for none yet

	mu      sync.Mutex
	running *running // the cell that is carried out; nil for none
	deleted bool
}

// running is a cell that is carried out.
type running struct {
	interrupt   context.CancelCauseFunc
	out         *output
	interrupted bool
}

// subshells are those of a kernel.
type subshells struct {
	parent *subshell

	mu       sync.Mutex
	children []*subshell // the oldest first
	counted  int         // children so far, also those that were deleted
}

func (s *subshells) begin(k *Kernel) { s.parent = newSubshell(k, "", 0) }

func newSubshell(k *Kernel, id string, nth int) *subshell {
	return &subshell{Kernel: k, id: id, nth: nth, requests: newQueue(), shown: command.Display{Format: "table"}}
}

// all are the parent and its children.
func (s *subshells) all() []*subshell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*subshell{s.parent}, s.children...)
}

// find is nil if there is none of the ID.
func (s *subshells) find(id string) *subshell {
	for _, one := range s.all() {
		if one.id == id {
			return one
		}
	}
	return nil
}

// add makes a child.
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

// remove takes a child out; nil if there is none of the ID.
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

// anyRunning is a cell that is carried out, the parent's if it has one; nil for
// none.
func (s *subshells) anyRunning() *running {
	for _, one := range s.all() {
		if cell := one.current(); cell != nil {
			return cell
		}
	}
	return nil
}

// manageSubshells answers what is about subshells.
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

// errNoSubshell answers what is for a subshell that is not there.
var errNoSubshell = errors.New("no such subshell: it was deleted, or its kernel has ended")

// replyType is that of the answer to a request.
func replyType(r *request) string {
	return strings.TrimSuffix(r.Header.Type, "_request") + "_reply"
}

// refuse answers a request for a subshell that is not there.
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

// work carries out what comes for the subshell, until it is deleted and all of that
// is answered.
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

// begin notes that a cell is carried out. In a subshell that was deleted meanwhile
// it is interrupted at once.
func (s *subshell) begin(cell *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = cell
	if s.deleted {
		cell.interrupt(run.ErrInterrupted)
	}
}

// finish notes that the cell is not carried out any more.
func (s *subshell) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.interrupted {
		s.stopping.rest(time.Now())
	}
	s.running = nil
}

// current is the cell that is carried out; nil for none.
func (s *subshell) current() *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// interrupt ends the cell that is carried out, and what waits behind it; false if
// there is none.
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

// end has a child end: what it does is interrupted, what waits is aborted. Its
// queries in the background go on.
func (s *subshell) end() {
	s.requests.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleted = true
	if s.running != nil {
		s.running.interrupt(run.ErrInterrupted)
	}
}

// publishBusy tells clients that a cell is carried out, if one is. Other requests that ended
// meanwhile have told clients, which go by the last state, that nothing is.
func (s *subshell) publishBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock() // its end comes after
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
