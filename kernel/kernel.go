package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"riffle/kernel/wire"
	"riffle/kernel/zmtp"
	"riffle/session"
	"riffle/session/linefile"
)

// Config configures a kernel.
type Config struct {
	Connection wire.Connection
	Version    string           // riffle's
	History    string           // the file of the history
	Interrupts <-chan os.Signal // an interrupt by signal; nil for none
	// Parent is the process with which the kernel ends, as in JPY_PARENT_PID; 0 for none.
	Parent int
	// Before are cells that run before those of clients. Wrong are the errors in the rest of the user's
	// configuration.
	Before []session.Cell
	Wrong  []error
	Log    *slog.Logger // nil for none
}

// Kernel serves the clients of one connection.
type Kernel struct {
	config Config
	name   string // unique among kernels
	codec  *wire.Codec

	shell, control, stdin *zmtp.Router
	iopub                 *zmtp.XPub
	heartbeat             *zmtp.Rep

	session   *session.Session
	subshells subshells
	painter   *painter
	history   *history
	displays  displays
	shares    shares
	comms     comms
	prompts   prompts
	stopping  stopping
	notices   notices
	progress  progress

	preparation *preparation

	tasks   sync.WaitGroup
	serving context.Context         // ends with Serve
	stop    context.CancelCauseFunc // ends Serve
}

// errShutdown ends Serve because a client asked for it.
var errShutdown = errors.New("a client asked for the end")

// Listen opens the sockets of the connection. Clients may connect, and get replies once Serve is called.
func Listen(ctx context.Context, c Config) (*Kernel, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	name := rand.Text()
	k := &Kernel{
		config: c, name: name, codec: wire.NewCodec(c.Connection.Key, name, rand.Text),
		history: &history{file: linefile.File{Path: c.History}},
	}
	k.displays.shown = map[string]*display{}
	k.subshells.begin(k)
	if err := k.listen(ctx); err != nil {
		k.close()
		return nil, fmt.Errorf("listen on the ports of the connection file: %w", err)
	}
	k.painter = newPainter()
	k.painter.also = k.reportAll
	return k, nil
}

func (k *Kernel) listen(ctx context.Context) (err error) {
	var o zmtp.Options
	at := k.config.Connection
	for _, r := range []struct {
		socket **zmtp.Router
		port   int
	}{{&k.shell, at.Shell}, {&k.control, at.Control}, {&k.stdin, at.Stdin}} {
		network, address := at.Address(r.port)
		if *r.socket, err = zmtp.ListenRouter(ctx, network, address, o); err != nil {
			return err
		}
	}
	network, address := at.Address(at.IOPub)
	if k.iopub, err = zmtp.ListenXPub(ctx, network, address, o, k.welcome); err != nil {
		return err
	}
	network, address = at.Address(at.Heartbeat)
	k.heartbeat, err = zmtp.ListenRep(ctx, network, address, o, func(parts [][]byte) [][]byte { return parts })
	return err
}

// welcome returns the first message for a new subscriber to iopub, from which it knows that it
// misses nothing from then on. Its topic is the subscription, because others would be filtered.
func (k *Kernel) welcome(topic string) [][]byte {
	parts, err := k.codec.Publish(topic, nil, "iopub_welcome", object{"subscription": topic})
	if err != nil {
		panic(err) // two texts have a JSON form
	}
	return parts
}

// close delivers queued messages and closes the sockets, all at the same time.
func (k *Kernel) close() {
	var closing sync.WaitGroup
	for _, r := range []*zmtp.Router{k.shell, k.control, k.stdin} {
		if r != nil {
			closing.Go(func() { _ = r.Close() })
		}
	}
	if k.iopub != nil {
		closing.Go(func() { _ = k.iopub.Close() })
	}
	if k.heartbeat != nil {
		closing.Go(func() { _ = k.heartbeat.Close() })
	}
	closing.Wait()
}

// Serve answers clients until one of them requests a shutdown, ctx ends, or the parent does. Messages that are
// queued for clients by then are delivered. The caller keeps the session.
func (k *Kernel) Serve(ctx context.Context, s *session.Session) {
	k.session = s
	ctx, k.stop = context.WithCancelCause(ctx)
	k.serving = ctx
	defer k.close()
	defer k.tasks.Wait()
	defer k.stop(nil)
	k.publish(nil, "", "status", object{"execution_state": "starting"})
	k.prepare(ctx)
	k.tasks.Go(func() { k.painter.run(ctx) })
	k.tasks.Go(func() { k.receive(ctx, k.shell, k.onShell) })
	k.tasks.Go(func() { k.receive(ctx, k.control, k.onControl) })
	k.tasks.Go(func() { k.receive(ctx, k.stdin, k.onStdin) })
	k.tasks.Go(func() { k.subshells.parent.work(ctx) })
	k.tasks.Go(func() { k.awaitInterrupts(ctx) })
	k.tasks.Go(func() { k.watchParent(ctx) })
	<-ctx.Done()
}

// receive decodes the messages of a socket. It ignores anything that is not signed or not a
// message.
func (k *Kernel) receive(ctx context.Context, socket *zmtp.Router, handle func(context.Context, *request)) {
	for {
		received, err := socket.Receive(ctx)
		if err != nil {
			return
		}
		m, err := k.codec.Decode(received.Parts)
		if err != nil {
			k.config.Log.Warn("a message was not read", "error", err)
			continue
		}
		k.painter.heard()
		handle(ctx, &request{Message: m, socket: socket, client: received.Identity})
	}
}

// publish sends a message to all clients. It is an effect of parent, which may be nil. Of
// messages with the same key, a slow client may receive only the newest.
func (k *Kernel) publish(parent *request, key, messageType string, content any) {
	var message *wire.Message
	if parent != nil {
		message = parent.Message
	}
	parts, err := k.codec.Publish(messageType, message, messageType, content)
	if err != nil {
		k.config.Log.Error("a message was not sent", "error", err)
		return
	}
	k.iopub.Publish(key, parts)
}

// reply answers a request on the socket from which it came.
func (k *Kernel) reply(to *request, messageType string, content any) {
	parts, err := k.codec.Reply(to.Message, messageType, content)
	if err != nil {
		k.config.Log.Error("an answer was not sent", "error", err)
		return
	}
	to.socket.Send(to.client, parts)
}

// awaitInterrupts handles interrupts that arrive as signals.
func (k *Kernel) awaitInterrupts(ctx context.Context) {
	for {
		select {
		case <-k.config.Interrupts:
			k.painter.heard()
			k.interrupt()
		case <-ctx.Done():
			return
		}
	}
}

// watchParent ends the kernel when its parent has ended: nobody else would end it, and jobs
// would continue.
func (k *Kernel) watchParent(ctx context.Context) {
	if k.config.Parent == 0 {
		return
	}
	alive := parentAlive(k.config.Parent)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if !alive() {
				k.stop(errors.New("the parent process has ended"))
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
