"""What a person sees of riffle in JupyterLab. Saves pictures of it below $SCREENSHOTS."""

import json
import re
import tempfile
import unittest

import psutil
from playwright.sync_api import expect

from lab import Lab

ORDERS = """CREATE TABLE orders (shop INT, amount DOUBLE) WITH ('connector' = 'datagen',
'rows-per-second' = '50', 'fields.shop.min' = '1', 'fields.shop.max' = '6',
'fields.amount.min' = '1', 'fields.amount.max' = '20')"""
TOTALS = """SELECT 'shop ' || CAST(shop AS STRING) AS shop, COUNT(*) AS orders,
ROUND(SUM(amount), 2) AS total FROM orders GROUP BY shop &"""
HOSTILE = "<img src=x onerror=\"window.__pwned=1\"><script>window.__pwned=1</script>"


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.lab = Lab(folder.name + "/lab")
        cls.addClassCleanup(cls.lab.close)

    def open(self, path=""):
        notebook = self.lab.open(path)
        self.addCleanup(self.leave, notebook)
        return notebook

    def leave(self, notebook):
        notebook.screenshot(f"{self.id().split('.')[-1]}-last.png")
        self.assertEqual(notebook.dialogs, [])
        self.assertEqual(notebook.mistakes, [])
        self.assertFalse(notebook.page.evaluate("'__pwned' in window"), "data was carried out")
        notebook.page.context.close()

    def expect_live(self, cell, beside=None):
        """Waits until a table has changed in its place, and did while another cell ran."""
        for _ in range(3):
            if beside:
                beside.expect_running()
            cell.expect_change(cell.table)
            expect(cell.table).to_have_count(1)
        if beside:
            self.assertTrue(beside.runs())

    def setUp(self):
        self.others = []
        self.others = self.jobs()

    def jobs(self):
        """The Flinks of this test's kernels."""
        family = psutil.Process(self.lab.server.pid).children(recursive=True)
        return [p for p in family if p.name() == "java" and p not in self.others]

    def test_live(self):
        notebook = self.open().new()
        notebook.run(ORDERS)
        live = notebook.run(TOTALS).expect_done()
        expect(live.caption).to_contain_text("running")
        self.expect_live(live)

        chart = notebook.run(f"%plot {live.query()} kind=bar x=shop y=total").expect_done()
        expect(chart.chart).to_be_visible()

        stream = notebook.run("SELECT * FROM orders")
        expect(stream.caption).to_contain_text("the last 20 shown")
        self.expect_live(stream, beside=stream)
        self.expect_live(live, beside=stream)
        for _ in range(2):
            chart.expect_redrawn()
        self.assertTrue(stream.runs())
        live.at.scroll_into_view_if_needed()
        notebook.screenshot("live.png")
        waiting = notebook.run("%echo never")
        waiting.expect_running()
        notebook.button("notebook:interrupt-kernel")
        stream.expect_done()
        expect(stream.error).to_have_count(1)
        expect(stream.error).to_contain_text("interrupted")
        expect(stream.caption).to_contain_text("cancelled")
        expect(waiting.prompt).to_have_text("[ ]:")
        expect(waiting.output).to_have_count(0)
        self.expect_live(live)

        notebook.run("func Cents(euro float64) int64 { return int64(euro * 100) }").expect_done()
        self.expect_help(notebook)
        self.expect_error(notebook)
        for theme in ("Dark", "Light"):
            notebook.command(f"Use Theme: JupyterLab {theme}")
            expect(notebook.page.locator(f'body[data-jp-theme-name="JupyterLab {theme}"]')).to_be_attached()
            self.picture(notebook, f"{theme.lower()}.png", live)
        self.revive(notebook, live)
        self.restart(notebook)
        self.shut_down(notebook)

    def expect_help(self, notebook):
        """What Tab and Shift-Tab show while a query with a function is written."""
        notebook.type("SELECT shop, Ce")
        notebook.press("Tab")
        completer = notebook.page.locator(".jp-Completer:not(.lm-mod-hidden)")
        expect(completer.locator(".jp-Completer-item").first).to_have_text(re.compile("Cents"))
        notebook.screenshot("tab.png")
        notebook.press("Enter", "Shift+Tab")
        expect(notebook.page.locator(".jp-Tooltip")).to_contain_text("Cents(DOUBLE) → BIGINT")
        notebook.screenshot("tooltip.png")
        cents = notebook.run("(amount) AS cents FROM orders LIMIT 3").expect_done()
        expect(cents.source).to_have_text("SELECT shop, Cents(amount) AS cents FROM orders LIMIT 3")
        expect(cents.caption).to_contain_text("finished · 3 rows")
        expect(cents.table.locator("tbody tr")).to_have_count(3)

    def expect_error(self, notebook):
        wrong = notebook.run("SELECT shop, amuont FROM orders").expect_done()
        expect(wrong.error).to_have_count(1)
        expect(wrong.output).to_have_count(1)
        expect(wrong.error).to_contain_text("amount")

    def picture(self, notebook, name, cell):
        cell.at.scroll_into_view_if_needed()
        self.expect_live(cell)
        notebook.screenshot(name)

    def revive(self, notebook, live):
        """A page that is loaded anew has what was saved; updates come again where they are asked for."""
        name = live.query()
        notebook.save()
        notebook.page.reload()
        notebook.ready()
        expect(live.caption).to_contain_text(f"{name} · running")
        notebook.end()
        shown = notebook.run(f"%show {name}").expect_done()
        expect(shown.source).to_have_text(f"%show {name}")
        self.expect_live(shown)

    def restart(self, notebook):
        """The kernel comes again, without what it had."""
        jobs = self.jobs()
        self.assertEqual(len(jobs), 1)
        notebook.button("notebook:restart-kernel")
        notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.expect_end(jobs)
        notebook.ready()
        notebook.end()
        expect(notebook.run("SELECT 42 AS answer").expect_done().caption).to_contain_text("finished · 1 row")

    def shut_down(self, notebook):
        jobs = self.jobs()
        self.assertEqual(len(jobs), 1)
        notebook.page.locator(".lm-MenuBar-item", has_text="Kernel").click()
        notebook.page.locator('.lm-Menu-item[data-command="kernelmenu:shutdown"]').click()
        self.expect_end(jobs)

    def expect_end(self, jobs):
        _, alive = psutil.wait_procs(jobs, timeout=30)
        self.assertEqual(alive, [])

    def test_hostile(self):
        """Data is text wherever it is shown, also in a notebook from a stranger."""
        notebook = self.open().new()
        for text in (
            f"SELECT '{HOSTILE}' AS `{HOSTILE}`",
            f"SELECT '{HOSTILE}' FROM `{HOSTILE}`",
            f"%echo {HOSTILE}",
            f"%warn {HOSTILE}",
            f"CREATE TABLE evil (`{HOSTILE}` INT COMMENT '{HOSTILE}') WITH ('connector' = 'datagen')",
            "DESCRIBE evil",
            "SHOW CREATE TABLE evil",
        ):
            cell = notebook.run(text).expect_done()
            expect(cell.output).to_have_count(1)
            if not text.startswith("CREATE"):
                expect(cell.output).to_contain_text(HOSTILE)
            expect(cell.output.locator("img, script")).to_have_count(0)
        notebook.run(f"// {HOSTILE}\nfunc Wicked() string {{ return `{HOSTILE}` }}").expect_done()
        notebook.type("SELECT * FROM evil")
        notebook.press("Shift+Tab")
        expect(notebook.page.locator(".jp-Tooltip table")).to_contain_text(HOSTILE)
        notebook.type(" WHERE Wicked")
        notebook.press("Shift+Tab")
        expect(notebook.page.locator(".jp-Tooltip pre")).to_contain_text(HOSTILE)
        notebook.type("() = ")
        notebook.press("Tab")
        expect(notebook.page.locator(".jp-Completer")).to_contain_text(HOSTILE)
        notebook.screenshot("hostile.png")
        expect(notebook.page.locator(".jp-Completer :is(img, script), .jp-Tooltip :is(img, script)")).to_have_count(0)
        self.stranger(notebook.save())

    def stranger(self, saved):
        """A notebook that nobody has trusted shows its tables, without what is carried out."""
        content = json.loads(saved.read_text())
        html = content["cells"][0]["outputs"][0]["data"]["text/html"]
        html.append(f"<progress></progress>{HOSTILE}")
        (self.lab.root / "stranger.ipynb").write_text(json.dumps(content))
        notebook = self.open("stranger.ipynb").ready()
        expect(notebook.page.locator(".jp-StatusItem-trust")).to_have_attribute("title", re.compile("not trusted"))
        cell = notebook.cell(0)
        expect(cell.caption).to_contain_text("finished · 1 row")
        expect(cell.caption).to_have_css("white-space", "nowrap")
        expect(cell.table.locator('th[scope="col"]')).to_have_text(HOSTILE)
        expect(cell.table.locator("td")).to_have_text(HOSTILE)
        expect(cell.table.locator("td")).to_have_css("text-align", "left")
        expect(cell.table.locator("td")).to_have_css("white-space", "pre")
        expect(cell.output.locator("progress")).to_be_visible()
        notebook.screenshot("stranger.png")


if __name__ == "__main__":
    unittest.main()
