// Package zmtp implements the server side of ZeroMQ's wire protocol, ZMTP 3.x, as far as
// a Jupyter kernel needs it: sockets that bind, with the NULL mechanism, of the types
// ROUTER, XPUB and REP.
//
//	Listen ─► accept ─► greeting and READY, each with a deadline (handshake.go)
//	                        │
//	          ┌─────────────┴──────────────┐      one peer (peer.go)
//	       reader: frames (frame.go)    writer ◄── outbox, bounded (outbox.go)
//	          │                                     ▲
//	       Router.Receive · subscriptions ·  Router.Send, XPub.Publish, answers of REP
//
// Peers are not trusted. The sizes of frames and messages are bounded, and memory is
// allocated as bytes arrive. A peer that is silent, slow or malformed has no effect on the
// others: each peer has its own goroutines and its own queue, and sending never blocks. When
// the queue of a peer is full, a message with a key replaces the queued message with the same
// key. If there is no such message, the peer is disconnected. It can connect again and then
// knows that it has missed something, which it would not know if a message were dropped.
//
// The protocol: https://rfc.zeromq.org/spec/23/ and /37/. The socket types: /28/ and /29/.
package zmtp
