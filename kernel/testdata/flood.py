"""Measures the effects of a background query that changes as fast as Flink delivers, for some seconds.

  flood.py SECONDS

Prints the figures, a JSON object: lists in ms and MB, and rates a second.
"""

import json
import re
import sys
import threading
import time

import psutil
from jupyter_client import BlockingKernelClient, KernelManager

seconds = float(sys.argv[1])
TABLE = (
    "CREATE TEMPORARY TABLE flood (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000',"
    " 'fields.id.min' = '0', 'fields.id.max' = '999')"
)
QUERY = "SELECT id, COUNT(*) AS n FROM flood GROUP BY id &"


def ms(began):
    return (time.monotonic() - began) * 1000


def connected(km):
    """Returns a new client when it is ready, and how long that took. All clients of a manager are one to the kernel."""
    kc = BlockingKernelClient(connection_file=km.connection_file)
    kc.load_connection_file()
    kc.start_channels()
    began = time.monotonic()
    kc.wait_for_ready(timeout=60)
    return kc, ms(began)


def run(kc, code):
    """Runs a cell, which must succeed."""
    began = time.monotonic()
    msg_id = kc.execute(code)
    while True:
        reply = kc.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == msg_id:
            break
    assert reply["content"]["status"] == "ok", reply["content"]
    return ms(began)


class Listener(threading.Thread):
    """Counts the messages on iopub that are not effects of other cells."""

    def __init__(self, kc, kernel):
        super().__init__(daemon=True)
        self.kc, self.kernel, self.messages, self.memory, self.last = kc, kernel, 0, [], ""
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                m = self.kc.get_iopub_msg(timeout=1)
            except Exception:  # queue.Empty: nothing has come
                continue
            if m["msg_type"] == "update_display_data":
                self.messages += 1
                self.last = m["content"]["data"]["text/plain"]
                self.memory.append(self.kernel.memory_info().rss / 2**20)


km = KernelManager(kernel_name="riffle")
km.start_kernel()
try:
    kc, _ = connected(km)
    run(kc, TABLE)
    run(kc, QUERY)
    watching, _ = connected(km)
    listener = Listener(watching, psutil.Process(km.provisioner.pid))
    time.sleep(5)  # it is at its full rate
    listener.start()
    began = time.monotonic()
    lines, queries, clients = [], [], []
    while time.monotonic() - began < seconds:
        for _ in range(20):
            lines.append(run(kc, "%echo x"))
        queries.append(run(kc, "SELECT 1"))
        another, took = connected(km)
        another.stop_channels()
        clients.append(took)
        time.sleep(3)
    took = time.monotonic() - began
    listener.over.set()
    listener.join()
    answer = {}
    msg_id = kc.execute("%queries")
    while "data" not in answer:
        m = kc.get_iopub_msg(timeout=60)
        if m["parent_header"].get("msg_id") == msg_id and m["msg_type"] == "execute_result":
            answer = m["content"]
    row = dict(zip(*(re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", answer["data"]["text/html"]) for tag in ("th", "td"))))
    quarter = listener.memory[len(listener.memory) // 4 :]
    print(json.dumps({
        "changes a second": float(row["changes_per_s"].replace(",", "")),
        "messages a second": listener.messages / took,
        "memory": [quarter[0], quarter[-1], max(quarter)],
        "echo": lines, "query": queries, "client": clients,
    }))
    kc.stop_channels()
finally:
    km.shutdown_kernel(now=True)
