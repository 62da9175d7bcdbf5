"""Measures one Jupyter kernel and prints the figures, a JSON object of lists, in ms and MB.

  kernel.py PLAN KERNEL-COMMAND…     the path of a connection file is appended to the command

PLAN is a file with a JSON object: the number of rounds, the texts of the cells for this kernel,
and in skip the figures that the kernel does not support. A kernel that does not end after a
shutdown request is killed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import psutil
import zmq
from jupyter_client import write_connection_file
from jupyter_client.session import Session

with open(sys.argv[1]) as file:
    plan = json.load(file)
command = sys.argv[2:]
rounds = plan["rounds"]
figures = {}


def note(name, value):
    if value is not None:
        figures.setdefault(name, []).append(value)


def included(name):
    return name not in (plan["skip"] or [])


class Kernel:
    """A started kernel, and a client that notices to the millisecond when it is ready."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "connection.json")
        _, info = write_connection_file(path, key=os.urandom(16).hex().encode())
        self.session = Session(key=info["key"].encode())
        self.context = zmq.Context()
        self.began = time.perf_counter()
        self.process = subprocess.Popen([*command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.shell = self.connect(zmq.DEALER, info["shell_port"])
        self.control = self.connect(zmq.DEALER, info["control_port"])
        self.iopub = self.connect(zmq.SUB, info["iopub_port"])

    def connect(self, kind, port):
        socket = self.context.socket(kind)
        socket.linger, socket.reconnect_ivl, socket.rcvtimeo = 0, 1, 60_000
        if kind == zmq.SUB:
            socket.subscribe(b"")
        else:
            socket.identity = self.session.bsession
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    def send(self, socket, kind, content):
        return self.session.send(socket, kind, content)["header"]["msg_id"]

    def receive(self, socket):
        return self.session.feed_identities(socket.recv_multipart())[1]

    def answer(self, socket, msg_id):
        while True:
            m = self.session.deserialize(self.receive(socket))
            if m["parent_header"].get("msg_id") == msg_id:
                return m

    def ask(self, socket, kind, content):
        return self.answer(socket, self.send(socket, kind, content))

    def execute(self, code):
        return self.send(self.shell, "execute_request", {"code": code, "silent": False, "store_history": False,
                                                         "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})

    def run(self, code):
        m = self.answer(self.shell, self.execute(code))
        assert m["content"]["status"] == "ok", m["content"]
        return m

    def drain(self):
        while self.iopub.poll(50):
            self.iopub.recv_multipart()

    def until(self, msg_id, state):
        """The iopub messages of a cell up to a state, or up to a message of a type."""
        found = []
        while True:
            m = self.session.deserialize(self.receive(self.iopub))
            if m["parent_header"].get("msg_id") == msg_id:
                found.append(m)
                if m["content"].get("execution_state") == state or m["msg_type"] == state:
                    return found

    def end(self):
        began = time.perf_counter()
        self.send(self.control, "shutdown_request", {"restart": False})
        try:
            self.process.wait(timeout=10)
            took = ms(began)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            took = None
        self.context.destroy(linger=0)
        self.folder.cleanup()
        return took


def ms(began):
    return (time.perf_counter() - began) * 1000


for _ in range(rounds):
    k = Kernel()
    k.ask(k.shell, "kernel_info_request", {})
    note("start", ms(k.began))
    k.run(plan["ready"])  # waits for its background work too
    time.sleep(2)
    note("memory", psutil.Process(k.process.pid).memory_info().rss / 2**20)
    note("shutdown", k.end())

k = Kernel()
k.run(plan["ready"])
for text in plan["prepare"] or []:
    k.run(text)
for i in range(60 * rounds):
    began = time.perf_counter()
    k.run(plan["statement"])
    if i >= 20:
        note("execute", ms(began))
k.drain()
for i in range(30 * rounds if included("complete") else 0):
    began = time.perf_counter()
    m = k.ask(k.shell, "complete_request", {"code": plan["complete"], "cursor_pos": len(plan["complete"])})
    if i >= 10:
        note("complete", ms(began))
    assert m["content"]["matches"], m["content"]
k.drain()
for _ in range(rounds):
    began = time.perf_counter()
    msg_id = k.execute(plan["print"])
    found = k.until(msg_id, "idle")
    note("printed", ms(began))
    streams = [m for m in found if m["msg_type"] == "stream"]
    assert sum(m["content"]["text"].count("\n") for m in streams) == 20_000
    note("printed messages", len(streams))
    k.answer(k.shell, msg_id)
for _ in range(rounds if included("interrupt") else 0):
    msg_id = k.execute(plan["busy"])
    k.until(msg_id, plan["busy shows"])
    time.sleep(0.5)
    for _ in range(10 if included("control") else 0):
        began = time.perf_counter()
        k.ask(k.control, "kernel_info_request", {})
        note("control", ms(began))
    began = time.perf_counter()
    if plan["message"]:
        k.send(k.control, "interrupt_request", {})
    else:
        k.process.send_signal(2)
    k.answer(k.shell, msg_id)
    note("interrupt", ms(began))
    k.drain()
for text in plan["jobs"] or []:
    k.run(text)
if plan["jobs"]:
    note("shutdown with jobs", k.end())
else:
    k.end()
print(json.dumps(figures))
