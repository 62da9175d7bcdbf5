"""Papermill runs notebooks of riffle's, each with its own Flink."""

import os
import tempfile
import unittest

from nbformat.v4 import new_code_cell, new_notebook
from papermill import PapermillExecutionError, execute_notebook
from papermill.iorw import load_notebook_node, write_ipynb

HERE = os.path.dirname(os.path.abspath(__file__))


def shown(notebook):
    """Returns the outputs below the cells, as text."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join("".join(texts))


def run(*cells, **options):
    """Returns papermill's result for a notebook of these cells."""
    notebook = new_notebook(cells=[new_code_cell(c) for c in cells])
    notebook.metadata.kernelspec = {"name": "riffle", "display_name": "riffle", "language": "sql"}
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "in.ipynb"), os.path.join(folder, "out.ipynb")
        write_ipynb(notebook, path)
        try:
            execute_notebook(path, out, progress_bar=False, **options)
        finally:
            run.saved = load_notebook_node(out)
    return run.saved


class Parameters(unittest.TestCase):
    notebook = os.path.join(HERE, "parameters.ipynb")

    def result(self, **parameters):
        return shown(execute_notebook(self.notebook, None, parameters=parameters, progress_bar=False))

    def test_defaults(self):
        self.assertIn("│ 2000-01-01 │ TRUE   │ TRUE  │ 1 3   │", self.result())

    def test_they_win(self):
        text = self.result(day='it\'s ${limit}; "x" \\n %', limit=5, rate=2)
        self.assertIn('│ it\'s ${limit}; "x" \\n % │ FALSE  │ FALSE │ 4 5   │', text)


class Engines(unittest.TestCase):
    def test_one_that_waits(self):
        """With riffle's engine, the final table of a background query is saved."""
        cells = (
            "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', "
            "'fields.n.start' = '1', 'fields.n.end' = '300', 'number-of-rows' = '300', 'rows-per-second' = '150')",
            "SELECT COUNT(*) AS many FROM numbers &",
            "CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO nowhere SELECT n FROM numbers",
        )
        saved = run(*cells, engine_name="riffle")
        self.assertEqual(len(saved.cells), 3)
        self.assertRegex(shown(saved), r"300 │[^q]*q\d+ · finished")

    def test_a_job_that_fails(self):
        """A failure in the background fails the notebook."""
        cells = (
            'func Slow(n int) (int, error) { if n == 300 { return 0, errors.New("three hundred") }; return n, nil }',
            "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', "
            "'fields.n.start' = '1', 'fields.n.end' = '300', 'number-of-rows' = '300', 'rows-per-second' = '150')",
            "CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO nowhere SELECT Slow(n) FROM numbers",
        )
        with self.assertRaises(PapermillExecutionError) as caught:
            run(*cells, engine_name="riffle")
        self.assertRegex(caught.exception.evalue, r"q\d+ has failed: .*three hundred")
        self.assertNotIn("\n", caught.exception.evalue)

    def test_a_cell_that_fails(self):
        with self.assertRaises(PapermillExecutionError) as caught:
            run("SELECT 1 AS a", "SELECT nope FROM (VALUES 1) AS t(n)", "SELECT 3 AS third")
        self.assertEqual(caught.exception.ename, "StatementFailed")
        self.assertIn("there is no column nope", caught.exception.evalue)
        self.assertNotIn("\n", caught.exception.evalue)
        self.assertNotIn("third", shown(run.saved))


if __name__ == "__main__":
    unittest.main()
