package kernel

import (
	"fmt"
	"sync"

	"riffle/render"
)

// progress is the progress of something that runs while cells wait, such as the download of
// Flink. It is one line below a cell, which is updated in place.
type progress struct {
	mu   sync.Mutex
	line string
	ends bool    // the line says that it is done
	home *output // of the cell that shows the line; nil for none yet
}

// Progress shows progress in bytes. It is complete when done equals total. A total of 0 means
// that the total is unknown.
func (k *Kernel) Progress(what string, done, total int64) {
	const mega = 1_000_000
	line := render.WithoutControls(what)
	if total > 0 {
		line += fmt.Sprintf(": %d %% (%d of %d MB)", done*100/total, done/mega, total/mega)
	}
	running := k.subshells.anyRunning()
	p := &k.progress
	p.mu.Lock()
	if p.line == line {
		p.mu.Unlock()
		return
	}
	p.line, p.ends = line, total > 0 && done >= total
	home := p.home
	p.mu.Unlock()
	switch {
	case home == nil && running != nil:
		k.showProgress(running.out)
	case home != nil && p.ends:
		k.publishProgress(home, "update_display_data", line)
	case home != nil: // the next one comes soon, if a client requests silence now
		k.painter.send(func() { k.publishProgress(home, "update_display_data", line) })
	}
}

// showProgress shows the line below a cell, if something is in progress.
func (k *Kernel) showProgress(o *output) {
	p := &k.progress
	p.mu.Lock()
	line := p.line
	if line == "" || p.ends || o.silent {
		p.mu.Unlock()
		return
	}
	p.home = o
	p.mu.Unlock()
	k.publishProgress(o, "display_data", line)
}

func (k *Kernel) publishProgress(o *output, messageType, line string) {
	id := "riffle-" + k.name + "-progress"
	key := ""
	if messageType == "update_display_data" {
		key = "display " + id
	}
	o.publish(key, messageType, object{
		"data": object{"text/plain": line}, "metadata": object{}, "transient": object{"display_id": id},
	})
}
