"""libzmq's sockets, connected to ours: a ROUTER that echoes, an XPUB that publishes the echo, a REP."""

import sys

import zmq

router, xpub, rep = (f"tcp://127.0.0.1:{port}" for port in sys.argv[1:4])
context = zmq.Context()


def connect(kind, address, **options):
    socket = context.socket(kind)
    socket.linger = 0
    socket.rcvtimeo = 10_000
    for name, value in options.items():
        setattr(socket, name, value)
    socket.connect(address)
    return socket


news = connect(zmq.SUB, xpub, heartbeat_ivl=50, heartbeat_timeout=2000)
news.subscribe(b"")
assert news.recv_multipart() == [b"", b"welcome"]

fewer = connect(zmq.XSUB, xpub)
fewer.send(b"\x01ec")
assert fewer.recv_multipart() == [b"ec", b"welcome"]

alice = connect(zmq.DEALER, router, identity=b"alice")
for size in (0, 1, 255, 256, 65_536, 5_000_000):
    parts = [b"x" * size, b"", b"end"]
    alice.send_multipart(parts)
    assert alice.recv_multipart() == parts
    assert news.recv_multipart() == [b"echo", b"alice", *parts]
    assert fewer.recv_multipart() == [b"echo", b"alice", *parts]

nameless = connect(zmq.DEALER, router)
nameless.send(b"hello")
assert nameless.recv() == b"hello"
assert len(news.recv_multipart()[1]) == 5

for _ in range(1000):
    alice.send(b"burst")
for _ in range(1000):
    assert alice.recv() == b"burst"
    assert news.recv_multipart()[2] == b"burst"

heart = connect(zmq.REQ, rep)
for _ in range(3):
    heart.send(b"ping")
    assert heart.recv() == b"ping"

news.unsubscribe(b"")
news.subscribe(b"none of these")
assert news.recv_multipart() == [b"none of these", b"welcome"]
alice.send(b"unheard")
alice.recv()
assert news.poll(200) == 0

alice.close()  # and comes again under its name
alice = connect(zmq.DEALER, router, identity=b"alice")
alice.send(b"again")
assert alice.recv() == b"again"

context.destroy(linger=0)
print("all is well")
