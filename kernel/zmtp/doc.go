// Package zmtp is the serving side of ZeroMQ's wire protocol, ZMTP 3.x, as far as
// a Jupyter kernel needs it: sockets that bind, with the NULL mechanism, of the
// types ROUTER, XPUB and REP.
//
//	Listen ─► accept ─► greeting and READY, each with a deadline (handshake.go)
//	                        │
//	          ┌─────────────┴──────────────┐      one peer (peer.go)
//	       reader: frames (frame.go)    writer ◄── outbox, bounded (outbox.go)
//	          │                                     ▲
//	       Router.Receive · subscriptions ·  Router.Send, XPub.Publish, answers of REP
//
// A peer is believed in nothing: the sizes of frames and messages are bounded, and
// memory is taken as bytes come. One that is silent, slow or talks nonsense has no
// effect on another: each has goroutines and a queue of its own, and nobody who
// sends ever waits. When the queue of a peer is full, a message with a key takes
// the place of the one with the same key that waits there. If there is none, the
// peer is cut off: it connects again and knows that it has missed something, which
// a message left out in silence would not tell it.
//
// https://rfc.zeromq.org/spec/23/ and /37/ are the protocol, /28/ and /29/ the
// socket types.
package zmtp
