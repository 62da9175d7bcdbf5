"""Subshells, comms, questions and the double interrupt, through Jupyter's asynchronous client."""

import asyncio
import unittest

from jupyter_client import AsyncKernelManager
from jupyter_kernel_test.msgspec_v5 import schema_fragments, validate_message

TICKS = (
    "CREATE TEMPORARY TABLE ticks (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100',"
    " 'fields.id.min' = '0', 'fields.id.max' = '9')"
)
ENDLESS = "SELECT id, COUNT(*) AS n FROM ticks GROUP BY id"


def validate(m):
    if m["msg_type"] in schema_fragments:  # which has nothing of subshells and comms
        validate_message(m)


class Client:
    """A client that always reads its channels, as a notebook does."""

    def __init__(self, kc):
        self.kc = kc
        self.replies, self.shown, self.questions = {}, [], asyncio.Queue()
        self.came, self.failure = asyncio.Condition(), None
        self.readers = [
            asyncio.create_task(self.read(channel, take))
            for channel, take in (
                (kc.shell_channel, self.reply),
                (kc.control_channel, self.reply),
                (kc.iopub_channel, self.show),
                (kc.stdin_channel, self.questions.put),
            )
        ]

    async def read(self, channel, take):
        try:
            while True:
                m = await channel.get_msg()
                await take(m)
                async with self.came:
                    self.came.notify_all()
        except Exception as failure:  # a message that is not valid
            self.failure = failure
            async with self.came:
                self.came.notify_all()

    async def reply(self, m):
        validate(m)
        self.replies[m["parent_header"]["msg_id"]] = m

    async def show(self, m):
        validate(m)
        self.shown.append(m)

    async def until(self, found, timeout=90):
        async with asyncio.timeout(timeout):
            async with self.came:
                await self.came.wait_for(lambda: self.failure or found() is not None)
                if self.failure:
                    raise self.failure
                return found()

    async def answer(self, msg_id):
        """Returns the content of the reply to a request."""
        return (await self.until(lambda: self.replies.get(msg_id)))["content"]

    async def seen(self, is_it):
        """Returns the first matching message on iopub."""
        return await self.until(lambda: next((m for m in self.shown if is_it(m)), None))

    def send(self, channel, msg_type, content, subshell=None):
        m = self.kc.session.msg(msg_type, content)
        if subshell:
            m["header"]["subshell_id"] = subshell
        getattr(self.kc, channel + "_channel").send(m)
        return m["header"]["msg_id"]

    def execute(self, code, subshell=None, allow_stdin=False):
        content = {
            "code": code, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": allow_stdin, "stop_on_error": True,
        }
        return self.send("shell", "execute_request", content, subshell)

    async def run(self, code, **how):
        return await self.answer(self.execute(code, **how))

    async def control(self, msg_type, **content):
        return await self.answer(self.send("control", msg_type, content))

    async def display_of(self, msg_id):
        m = await self.seen(lambda m: m["msg_type"] == "display_data" and m["parent_header"]["msg_id"] == msg_id)
        return m["content"]["transient"]["display_id"]

    async def caption(self, display, *parts):
        """Waits for a display that shows something."""
        def fits(m):
            return (
                m["msg_type"] in ("display_data", "update_display_data")
                and m["content"]["transient"]["display_id"] == display
                and all(part in m["content"]["data"]["text/html"] for part in parts)
            )
        await self.seen(fits)


class Protocol(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.km = AsyncKernelManager(kernel_name="riffle")
        await self.km.start_kernel()
        kc = self.km.client()
        kc.start_channels()
        await kc.wait_for_ready(timeout=60)
        self.c = Client(kc)
        self.assertEqual((await self.c.run(TICKS))["status"], "ok")

    async def asyncTearDown(self):
        for reader in self.c.readers:
            reader.cancel()
        self.c.kc.stop_channels()
        await self.km.shutdown_kernel()

    async def test_subshell(self):
        c = self.c
        info = await c.control("kernel_info_request")
        self.assertIn("kernel subshells", info["supported_features"])
        made = await c.control("create_subshell_request")
        child = made["subshell_id"]
        cell = c.execute(ENDLESS)
        await c.display_of(cell)
        beside = c.execute("%echo beside", subshell=child)
        self.assertEqual((await c.answer(beside))["execution_count"], 1)
        said = await c.seen(lambda m: m["msg_type"] == "stream" and m["parent_header"]["msg_id"] == beside)
        self.assertEqual((said["content"]["text"], said["parent_header"]["subshell_id"]), ("beside\n", child))
        self.assertNotIn(cell, c.replies)
        self.assertEqual((await c.control("list_subshell_request"))["subshell_id"], [child])

        also = c.execute(ENDLESS, subshell=child)
        await c.display_of(also)
        self.assertEqual((await c.control("delete_subshell_request", subshell_id=child))["status"], "ok")
        self.assertEqual((await c.answer(also))["ename"], "Interrupted")
        self.assertEqual((await c.run("%echo late", subshell=child))["status"], "error")
        self.assertNotIn(cell, c.replies)
        await self.km.interrupt_kernel()
        self.assertEqual((await c.answer(cell))["ename"], "Interrupted")

    async def test_comm(self):
        c = self.c
        cell = c.execute(ENDLESS + " &")
        display = await c.display_of(cell)
        await c.answer(cell)
        # As JupyterLab does it: the comm is opened on the parent, and used in a
        # subshell of its target.
        child = (await c.control("create_subshell_request"))["subshell_id"]
        c.send("shell", "comm_open", {"comm_id": "c", "target_name": "riffle.query", "data": {}})

        def reports(state):
            def fits(m):
                return m["msg_type"] == "comm_msg" and any(
                    r["state"] == state for r in m["content"]["data"].get("queries", ())
                )
            return fits

        told = await c.seen(reports("running"))
        query = told["content"]["data"]["queries"][0]["query"]
        info = await c.answer(c.send("shell", "comm_info_request", {}))
        self.assertEqual(info["comms"], {"c": {"target_name": "riffle.query"}})
        c.send("shell", "comm_msg", {"comm_id": "c", "data": {"cancel": query}}, child)
        await c.caption(display, query, "cancelled")
        await c.seen(reports("cancelled"))
        c.send("shell", "comm_close", {"comm_id": "c", "data": {}}, child)
        self.assertEqual((await c.answer(c.send("shell", "comm_info_request", {})))["comms"], {})

    async def test_input(self):
        c = self.c
        for _ in range(2):
            self.assertEqual((await c.run(ENDLESS + " &"))["status"], "ok")
        refused = await c.run("%cancel")
        self.assertIn("which query?", refused["evalue"])
        asking = c.execute("%cancel", allow_stdin=True)
        question = await asyncio.wait_for(c.questions.get(), 60)
        self.assertEqual((question["msg_type"], question["content"]["password"]), ("input_request", False))
        self.assertEqual(question["parent_header"]["msg_id"], asking)
        query = question["content"]["prompt"].split()[0]
        c.kc.input(query)
        self.assertEqual((await c.answer(asking))["status"], "ok")
        await c.seen(lambda m: m["msg_type"] == "execute_result" and f"cancelling {query}" in m["content"]["data"]["text/plain"])

        asking = c.execute("%cancel", allow_stdin=True)
        await asyncio.wait_for(c.questions.get(), 60)
        await self.km.interrupt_kernel()
        self.assertEqual((await c.answer(asking))["ename"], "Interrupted")
        self.assertEqual((await c.run("%cancel all"))["status"], "ok")

    async def test_double_interrupt(self):
        c = self.c
        cell = c.execute(ENDLESS + " &")
        display = await c.display_of(cell)
        await c.answer(cell)
        await self.km.interrupt_kernel()
        await c.caption(display, "interrupt again within")
        await self.km.interrupt_kernel()
        await c.caption(display, "cancelled")

    async def test_second_client_beside_a_cell(self):
        cell = self.c.execute(ENDLESS)
        await self.c.display_of(cell)
        second = self.km.client()
        second.start_channels()
        await second.wait_for_ready(timeout=30)
        second.stop_channels()
        self.assertNotIn(cell, self.c.replies)
        await self.km.interrupt_kernel()
        await self.c.answer(cell)


if __name__ == "__main__":
    unittest.main()
