"""What nbconvert makes of a notebook that was executed."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

from lab import FLAGS, chromium

HOSTILE = "<script>window.__pwned=1</script>"
CELLS = [
    "CREATE TABLE orders (id INT, amount DOUBLE) WITH ('connector' = 'datagen', 'number-of-rows' = '30',"
    " 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '30')",
    "func Half(n int64) int64 { return n / 2 }",
    "SELECT id, Half(CAST(id AS BIGINT)) AS half FROM orders",
    "%plot kind=bar x=id y=half",
    f"SELECT 1 AS n, '{HOSTILE}' AS `{HOSTILE}`",
    "SELECT " + ", ".join(f"'  漢字 漢字' AS c{i}" for i in range(40)) + ", REPEAT('long text ', 25) AS `text`",
]


class Convert(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        notebook = new_notebook(cells=[new_code_cell(text) for text in CELLS])
        NotebookClient(notebook, kernel_name="riffle", timeout=180).execute()
        nbformat.write(notebook, cls.folder / "executed.ipynb")

    def convert(self, *options):
        """The file that a call of nbconvert writes."""
        made = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        subprocess.run(
            [sys.executable, "-m", "nbconvert", "--log-level=ERROR", f"--output-dir={made}", *options,
             str(self.folder / "executed.ipynb")], check=True)
        made, = [path for path in made.iterdir() if path.is_file()]
        return made

    def test_page(self):
        """The page, and what a browser prints of it: so nbconvert makes a PDF without LaTeX, too."""
        with self.window(self.convert("--to", "html")) as page:
            tables = page.locator("table")
            self.assertEqual(tables.count(), 3)
            self.assertIn("finished · 30 rows", tables.nth(0).locator("caption").inner_text())
            self.assertEqual(tables.nth(0).locator("tbody tr").count(), 30)
            self.assertEqual(tables.nth(1).locator('th[scope="col"]').all_inner_texts(), ["n", HOSTILE])
            self.assertEqual(tables.nth(1).locator("td").all_inner_texts(), ["1", HOSTILE])
            chart = page.locator('img[src^="data:image/png"]')
            self.assertEqual(chart.count(), 1)
            self.assertGreater(chart.evaluate("e => e.naturalWidth"), 100)
            page.emulate_media(media="print")
            printed = pathlib.Path(os.environ.get("SCREENSHOTS", self.folder)) / "printed.pdf"
            page.pdf(path=printed)
            self.assertTrue(printed.read_bytes().startswith(b"%PDF"))

    def test_wide(self):
        """A wide table scrolls on a screen, each value on its line, and fits on paper."""
        with self.window(self.convert("--to", "html")) as page:
            table = page.locator("table").nth(2)
            self.assertIn("the first 30 of 41 columns\nName other columns in SELECT", table.locator("caption").inner_text())
            value = table.locator("td").first
            self.assertEqual(value.inner_text(), "  漢字 漢字")
            height = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).fontSize)"
            self.assertLess(value.evaluate(height), 3)
            right = "e => e.getBoundingClientRect().right"
            self.assertGreater(table.evaluate(right), 1280)
            page.set_viewport_size({"width": 794, "height": 900})
            self.assertGreater(table.evaluate(right), 794)
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 794, "height": 1123})
            self.assertLessEqual(table.evaluate(right), 794)

    def test_sanitized(self):
        """nbconvert's own list of what is harmless lacks captions and headers, whoever wrote the table: they become text."""
        with self.window(self.convert("--to", "html", "--sanitize-html")) as page:
            tables = page.locator("table")
            self.assertEqual(tables.count(), 3)
            self.assertEqual(tables.nth(1).locator("td").all_inner_texts(), ["1", HOSTILE])

    @contextlib.contextmanager
    def window(self, file):
        """A page in a browser, without a network, whose data is not carried out."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page()
            page.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
            page.goto(file.as_uri(), wait_until="domcontentloaded")
            yield page
            self.assertFalse(page.evaluate("'__pwned' in window"))
            browser.close()

    def test_script(self):
        script = self.convert("--to", "script")
        self.assertEqual(script.suffix, ".sql")
        text = script.read_text()
        for cell in CELLS:
            self.assertIn(cell, text)

    def test_script_runs(self):
        """What nbconvert makes of a notebook comes to what riffle makes of the notebook."""
        riffle = os.environ["RIFFLE"]
        recorded = pathlib.Path(os.environ["RECORDED"])
        examples = sorted(pathlib.Path(os.environ["EXAMPLES"]).glob("*.ipynb"))
        self.assertGreater(len(examples), 3)
        bare = nbformat.read(recorded, as_version=4)
        bare.metadata.clear()
        nbformat.write(bare, self.folder / "bare.ipynb")
        made = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        subprocess.run(
            [sys.executable, "-m", "nbconvert", "--log-level=ERROR", f"--output-dir={made}", "--to", "script",
             *map(str, [*examples, recorded, self.folder / "bare.ipynb"])], check=True)
        text = (made / "converted.sql").read_text()
        self.assertEqual(text, recorded.with_suffix(".sql").read_text(), "repl/testdata/converted.sql is not what nbconvert writes")
        self.assertEqual(text, (made / "bare.txt").read_text())
        chosen = sorted(pathlib.Path(os.environ["EXAMPLES"]).glob(os.environ["RUN"]))
        self.assertTrue(chosen)
        for example in chosen:
            with self.subTest(example.name):
                ran = [
                    subprocess.run([riffle, "run", "--on-error", "continue", "--format", "csv", str(file)], capture_output=True, text=True)
                    for file in (example, made / example.with_suffix(".sql").name)]
                failed = "raises-exception" in example.read_text()
                self.assertEqual([run.returncode for run in ran], [0, 1 if failed else 0], ran[1].stderr)
                self.assertEqual(*[self.rows(run.stdout) for run in ran])

    def rows(self, text):
        """Rows but for those of a generator's own, and of queries that run. \\df says where a function is declared, and how
        long a row takes."""
        text = re.sub(r",[^,\n]*\.(ipynb|sql)[^,\n]*,(\d+),(\d+),\d+,", r",(place),\2,\3,(time),", text)
        text = re.sub(r",[^,\n]*\.(ipynb|sql)[^,\n]*,", ",(place),", text)
        return sorted(line for line in text.splitlines() if not re.fullmatch(r"-?\d+,[0-9A-F]{32}", line) and ",running," not in line)

    def test_markdown(self):
        text = self.convert("--to", "markdown").read_text()
        self.assertIn("finished · 30 rows</caption>", text)
        self.assertNotIn(HOSTILE, text.replace(CELLS[4], ""))

    def test_latex(self):
        """LaTeX has the tables as text, and the charts as pictures."""
        file = self.convert("--to", "latex")
        text = file.read_text()
        self.assertIn("finished · 30 rows · the first 20 shown", text)
        pictures = list(file.parent.glob("executed_files/*.png"))
        self.assertEqual(len(pictures), 1)
        self.assertTrue(pictures[0].read_bytes().startswith(b"\x89PNG"))
        self.assertIn(pictures[0].name, text)


if __name__ == "__main__":
    unittest.main()
