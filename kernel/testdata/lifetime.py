"""Jupyter's own manager starts, interrupts, restarts and ends a kernel."""

import os
import signal
import subprocess
import sys
import time
import unittest

import psutil
import zmq
from jupyter_client import KernelManager


def shown(kc, msg_id, timeout=120):
    """Returns all messages on iopub about a cell."""
    found = []
    while True:
        m = kc.get_iopub_msg(timeout=timeout)
        if m["parent_header"].get("msg_id") != msg_id:
            continue
        found.append(m)
        if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
            return found


class Lifetime(unittest.TestCase):
    def setUp(self):
        self.km = KernelManager(kernel_name="riffle")
        self.km.start_kernel()
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)

    def tearDown(self):
        self.kc.stop_channels()
        if self.km.has_kernel:
            self.km.shutdown_kernel(now=True)

    def children(self):
        return psutil.Process(self.km.provisioner.pid).children(recursive=True)

    def run_cell(self, code):
        msg_id = self.kc.execute(code)
        messages = shown(self.kc, msg_id)
        return self.kc.get_shell_msg(timeout=120)["content"], messages

    def test_restart_and_shutdown_leave_nothing(self):
        self.assertEqual(self.run_cell("SELECT 1")[0]["status"], "ok")
        before = self.children()
        self.assertTrue(before)  # Flink's JVM
        self.km.restart_kernel()
        self.kc.wait_for_ready(timeout=60)
        self.assertEqual(self.run_cell("SELECT 2")[0]["status"], "ok")
        _, alive = psutil.wait_procs(before, timeout=20)
        self.assertFalse(alive)
        after = self.children()
        began = time.monotonic()
        self.km.shutdown_kernel()
        took = time.monotonic() - began
        _, alive = psutil.wait_procs(after, timeout=20)
        self.assertFalse(alive)
        print(f"shutdown took {took * 1000:.0f} ms", file=sys.stderr)

    def test_killed_parent(self):
        script = (
            "import sys, time\n"
            "from jupyter_client import KernelManager\n"
            "km = KernelManager(kernel_name='riffle'); km.start_kernel()\n"
            "kc = km.client(); kc.start_channels(); kc.wait_for_ready(timeout=60)\n"
            "kc.execute_interactive('SELECT 1', timeout=120, output_hook=lambda m: None)\n"
            "print(km.provisioner.pid, flush=True); time.sleep(600)\n"
        )
        manager = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        try:
            kernel = psutil.Process(int(manager.stdout.readline()))
            family = [kernel, *kernel.children(recursive=True)]
        finally:
            manager.send_signal(signal.SIGKILL)
            manager.wait()
            manager.stdout.close()
        _, alive = psutil.wait_procs(family, timeout=30)
        self.assertFalse(alive)

    def test_frozen_subscriber(self):
        info = self.km.get_connection_info()
        frozen = zmq.Context.instance().socket(zmq.SUB)
        frozen.linger, frozen.rcvhwm = 0, 1
        frozen.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
        frozen.subscribe(b"")
        self.assertIn(b"<IDS|MSG>", frozen.recv_multipart())
        line = "%echo " + "x" * 1000
        for _ in range(20):
            reply, messages = self.run_cell("\n".join([line] * 2000))
            self.assertEqual(reply["status"], "ok")
            text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
            self.assertEqual(len(text), 2000 * 1001)
        frozen.close()

    def test_second_client_beside_a_stream(self):
        self.run_cell(
            "CREATE TEMPORARY TABLE ticks (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');\n"
            "SELECT MOD(id, 10) AS k, COUNT(*) AS n FROM ticks GROUP BY MOD(id, 10) &"
        )
        second = self.km.client()
        second.start_channels()
        began = time.monotonic()
        second.wait_for_ready(timeout=30)
        took = time.monotonic() - began
        second.stop_channels()
        self.assertLess(took, 5)
        print(f"the second client was ready after {took * 1000:.0f} ms", file=sys.stderr)

    def test_sigint(self):
        self.run_cell("CREATE TEMPORARY TABLE ticks (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
        msg_id = self.kc.execute("SELECT * FROM ticks")
        while True:
            m = self.kc.get_iopub_msg(timeout=60)
            if m["msg_type"] == "update_display_data":
                break
        os.kill(self.km.provisioner.pid, signal.SIGINT)
        self.assertEqual(self.kc.get_shell_msg(timeout=30)["content"]["ename"], "Interrupted")
        shown(self.kc, msg_id)
        self.assertEqual(self.run_cell("%echo alive")[0]["status"], "ok")

    def test_without_home_and_temporary_folder(self):
        """A missing requirement is reported in a cell, because nobody reads what the kernel prints."""
        self.tearDown()
        missing = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        for name, env, error in (
            # Flink's jars are in the cache, which is elsewhere.
            ("home", missing | {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")}, None),
            ("any folder", missing | {"XDG_CACHE_HOME": ""}, "XDG_CACHE_HOME"),
            ("temporary folder", os.environ | {"TMPDIR": "/nowhere"}, "TMPDIR"),
        ):
            with self.subTest(without=name):
                self.km = KernelManager(kernel_name="riffle")
                self.km.start_kernel(env=env)
                self.kc = self.km.client()
                self.kc.start_channels()
                self.kc.wait_for_ready(timeout=60)
                for _ in range(2):
                    reply, _ = self.run_cell("SELECT 1")
                    self.assertEqual(reply["status"], "error" if error else "ok", reply)
                    self.assertIn(error or "", reply.get("evalue", ""))
                self.assertEqual(self.run_cell("%echo alive")[0]["status"], "ok")
                self.tearDown()


if __name__ == "__main__":
    unittest.main()
