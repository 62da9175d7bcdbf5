package kernel

import (
	"context"

	"riffle/kernel/wire"
)

// object is the content of a message.
type object = map[string]any

// work carries out what the shell socket brings, one after the other.
func (k *Kernel) work(ctx context.Context) {
	for {
		r := k.requests.take(ctx)
		if r == nil {
			return
		}
		if handle := k.shellHandler(r.Header.Type); handle != nil {
			k.busy(r, func() { handle(ctx, r) })
		}
	}
}

// busy lets a request have its effects between the two states.
func (k *Kernel) busy(r *request, do func()) {
	k.publish(r, "", "status", object{"execution_state": "busy"})
	do()
	k.publish(r, "", "status", object{"execution_state": "idle"})
}

// shellHandler is what carries out a type of requests; nil for one that is none of
// ours, which has no effect.
func (k *Kernel) shellHandler(messageType string) func(context.Context, *request) {
	switch messageType {
	case "execute_request":
		return k.execute
	case "complete_request":
		return k.complete
	case "inspect_request":
		return k.inspect
	case "is_complete_request":
		return k.isComplete
	case "history_request":
		return k.recall
	case "comm_open":
		return k.refuseComm
	case "comm_msg", "comm_close": // of none that is open
		return func(context.Context, *request) {}
	case "comm_info_request":
		return func(_ context.Context, r *request) {
			k.reply(r, "comm_info_reply", object{"status": "ok", "comms": object{}})
		}
	case "kernel_info_request", "shutdown_request", "interrupt_request":
		return func(_ context.Context, r *request) { k.manage(r) }
	}
	return nil
}

// onControl answers at once, whatever else is going on.
func (k *Kernel) onControl(r *request) {
	switch r.Header.Type {
	case "kernel_info_request", "shutdown_request", "interrupt_request":
		k.busy(r, func() { k.manage(r) })
	}
}

// manage answers what is about the kernel as a whole.
func (k *Kernel) manage(r *request) {
	switch r.Header.Type {
	case "kernel_info_request":
		k.painter.hold()
		k.reply(r, "kernel_info_reply", k.info())
	case "interrupt_request":
		k.interrupt()
		k.reply(r, "interrupt_reply", object{"status": "ok"})
	case "shutdown_request":
		var asked struct{ Restart bool }
		if err := r.Unpack(&asked); err != nil {
			k.config.Log.Warn("a message was not read", "error", err)
		}
		answer := object{"status": "ok", "restart": asked.Restart}
		k.reply(r, "shutdown_reply", answer)
		k.publish(r, "", "shutdown_reply", answer)
		k.stop(errShutdown)
	}
}

// info is what the kernel is.
func (k *Kernel) info() object {
	return object{
		"status":                 "ok",
		"protocol_version":       wire.Version,
		"implementation":         "riffle",
		"implementation_version": k.config.Version,
		"language_info": object{
			"name": "sql", "version": k.config.Version, "mimetype": "text/x-sql", "file_extension": ".sql",
			"pygments_lexer": "sql", "codemirror_mode": "sql", "nbconvert_exporter": "script",
		},
		"banner":             "riffle " + k.config.Version + ": streaming tables on Apache Flink, with functions in Go\n%help lists the commands",
		"debugger":           false,
		"supported_features": []string{},
		"help_links": []object{
			{"text": "Flink SQL", "url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/sql/reference/overview/"},
			{"text": "Flink functions", "url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/sql/functions/built-in-functions/"},
		},
	}
}

// refuseComm closes a channel that a client opens: there is nobody behind it.
func (k *Kernel) refuseComm(_ context.Context, r *request) {
	var asked struct {
		ID string `json:"comm_id"`
	}
	if err := r.Unpack(&asked); err == nil && asked.ID != "" {
		k.publish(r, "", "comm_close", object{"comm_id": asked.ID, "data": object{}})
	}
}
