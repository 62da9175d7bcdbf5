"""Another Python notebook reads a query's table from an Arrow file."""

import os
import re
import stat
import tempfile
import time
import unittest

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
from jupyter_client import KernelManager

STREAM = (
    "CREATE TEMPORARY TABLE steps (id BIGINT, name STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '1000',"
    " 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{end}');\n"
    "SELECT id, name FROM steps &"
)


class Shared(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.km = KernelManager(kernel_name="riffle")
        self.km.start_kernel(cwd=self.folder.name)
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)

    def tearDown(self):
        self.kc.stop_channels()
        if self.km.has_kernel:
            self.km.shutdown_kernel(now=True)
        self.folder.cleanup()

    def run_cell(self, code):
        texts = []

        def hook(message):
            data = message["content"].get("data", {})
            texts.append(data.get("text/plain", ""))

        reply = self.kc.execute_interactive(code, timeout=120, output_hook=hook)["content"]
        self.assertEqual(reply["status"], "ok", reply)
        return "\n".join(texts)

    def share(self, command):
        """Returns the path in the output of %share."""
        return re.search(r'read_feather\("(.+?)"\)', self.run_cell(command)).group(1)

    def query(self, end):
        return re.search(r"^(q\d+) · running", self.run_cell(STREAM.format(end=end)), re.M).group(1)

    def test_each_read_is_whole(self):
        query = self.query(60_000)
        path = self.share("%share " + query)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode), 0o700)
        last, grown, reads = -1, 0, 0
        while grown < 4:
            with pa.ipc.open_file(path) as file:
                ids = sorted(file.read_all()["id"].to_pylist())
            reads += 1
            self.assertGreaterEqual(len(ids), max(last, 0))
            self.assertEqual(ids, list(range(1, len(ids) + 1)))
            grown += len(ids) > last
            last = len(ids)
        self.assertGreater(reads, 4)
        self.assertEqual(self.share("%share " + query), path)
        self.run_cell(f"%cancel {query}\n%wait {query}")
        self.km.shutdown_kernel()
        self.assertFalse(os.path.exists(path))

    def test_named_file_has_the_end(self):
        query = self.query(5000)
        path = self.share(f"%share {query} steps.arrow")
        self.assertEqual(os.path.realpath(path), os.path.realpath(os.path.join(self.folder.name, "steps.arrow")))
        self.run_cell("%wait " + query)
        while (table := pa.feather.read_table(path)).num_rows < 5000:
            time.sleep(0.1)
        self.assertEqual(table.schema.names, ["id", "name"])
        self.assertEqual(sorted(table["id"].to_pylist()), list(range(1, 5001)))
        self.km.shutdown_kernel()
        self.assertEqual(pa.feather.read_table(path).num_rows, 5000)


if __name__ == "__main__":
    unittest.main()
