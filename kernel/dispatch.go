package kernel

import (
	"context"

	"riffle/kernel/wire"
)

// object is the content of a message.
type object = map[string]any

// onShell handles messages from the shell socket. Requests that take no time and do not depend
// on cells are handled at once, so that a client can connect and use comms while a cell runs.
// The others wait in the queue of their subshell.
func (k *Kernel) onShell(ctx context.Context, r *request) {
	switch r.Header.Type {
	case "kernel_info_request", "connect_request", "shutdown_request", "interrupt_request":
		k.busy(r, func() { k.manage(r) })
		return
	case "comm_open", "comm_msg", "comm_close", "comm_info_request":
		k.busy(r, func() { k.onComm(r) })
		return
	}
	if s := k.subshells.find(r.Header.Subshell); s != nil && s.requests.push(ctx, r) || ctx.Err() != nil {
		return
	}
	k.busy(r, func() { k.refuse(r) })
}

// busy sends the state busy, calls do, and sends the state idle.
func (k *Kernel) busy(r *request, do func()) {
	k.publish(r, "", "status", object{"execution_state": "busy"})
	do()
	k.publish(r, "", "status", object{"execution_state": "idle"})
	for _, s := range k.subshells.all() {
		if s.publishBusy() {
			return
		}
	}
}

// handler returns the function that handles a type of requests. An unknown type has no effect.
func (s *subshell) handler(messageType string) func(context.Context, *request) {
	switch messageType {
	case "execute_request":
		return s.execute
	case "complete_request":
		return s.complete
	case "inspect_request":
		return s.inspect
	case "is_complete_request":
		return s.isComplete
	case "history_request":
		return s.recall
	}
	return func(context.Context, *request) {}
}

// onControl answers at once, whatever else is running.
func (k *Kernel) onControl(ctx context.Context, r *request) {
	k.busy(r, func() {
		switch r.Header.Type {
		case "create_subshell_request", "delete_subshell_request", "list_subshell_request":
			k.manageSubshells(ctx, r)
		case "debug_request":
			k.refuseDebug(r)
		default:
			k.manage(r)
		}
	})
}

// manage answers requests about the kernel as a whole.
func (k *Kernel) manage(r *request) {
	switch r.Header.Type {
	case "kernel_info_request":
		k.painter.hold()
		k.reply(r, "kernel_info_reply", k.info())
	case "interrupt_request":
		k.interrupt()
		k.reply(r, "interrupt_reply", object{"status": "ok"})
	case "connect_request": // which old clients send
		at := k.config.Connection
		k.reply(r, "connect_reply", object{
			"status": "ok", "shell_port": at.Shell, "iopub_port": at.IOPub, "stdin_port": at.Stdin,
			"control_port": at.Control, "hb_port": at.Heartbeat,
		})
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

// info describes the kernel.
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
		"supported_features": []string{"kernel subshells"},
		"help_links": []object{
			{"text": "Flink SQL", "url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/sql/reference/overview/"},
			{"text": "Flink functions", "url": "https://nightlies.apache.org/flink/flink-docs-stable/docs/sql/functions/built-in-functions/"},
		},
	}
}

// refuseDebug rejects a request of the debug adapter protocol, so that its client does not wait
// forever.
func (k *Kernel) refuseDebug(r *request) {
	var asked struct {
		Sequence int    `json:"seq"`
		Command  string `json:"command"`
	}
	_ = r.Unpack(&asked) // an invalid request is rejected as well
	k.reply(r, "debug_reply", object{
		"type": "response", "request_seq": asked.Sequence, "command": asked.Command,
		"success": false, "message": "riffle has no debugger",
	})
}
