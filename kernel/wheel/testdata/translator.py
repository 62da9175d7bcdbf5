"""Tests what is written for papermill's parameters, and read from the cells that declare them."""

import datetime
import unittest

from nbformat.v4 import new_code_cell
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillException
from papermill.translators import papermill_translators


class Translating(unittest.TestCase):
    translator = papermill_translators.find_translator("riffle", "sql")

    def test_found(self):
        self.assertEqual(self.translator.__module__, "riffle_papermill.translator")
        self.assertIs(papermill_translators.find_translator("another-name", "sql"), self.translator)
        self.assertEqual(papermill_engines.get_engine("riffle").__module__, "riffle_papermill.engine")

    def test_written(self):
        parameters = {
            "day": "2026-11-25",
            "n": 5,
            "big": 2**70,
            "x": 0.1,
            "on": True,
            "none": None,
            "text": 'it\'s "a"\n\\ ; ${x} %y ключ 🙂',
            "ids": [1, "a"],
            "o": {"k": [None]},
            "date": datetime.date(2026, 11, 25),
        }
        self.assertEqual(
            self.translator.codify(parameters, "Para\nmeters"),
            '-- Para meters\n%parameters day="2026-11-25" n=5 big=1180591620717411303424 x=0.1 on=true none=null '
            'text="it\'s \\"a\\"\\n\\\\ ; ${x} %y ключ 🙂" ids=[1, "a"] o={"k": [null]} date="2026-11-25"\n',
        )
        self.assertEqual(self.translator.codify({}).strip(), "")

    def test_refused(self):
        for name in ("a-b", "größe", "1x", "a b", ""):
            with self.assertRaisesRegex(PapermillException, "is no name of a parameter in riffle"):
                self.translator.codify({name: 1})
        for value in (float("nan"), [float("inf")]):
            with self.assertRaisesRegex(PapermillException, "^x is .* is no number in SQL"):
                self.translator.codify({"x": value})

    def test_read(self):
        cell = new_code_cell(
            "-- defaults\n"
            "%set day 2000-01-01\n"
            "\\set limit   3 \n"
            '%parameters ids=[1, 2] name="a=b"\n'
            "const top = 3 // the most\n"
            'const greeting string = "a // b; \\"c\\"";  // said first\n'
            "var rate float64 = 0.5\n"
            "var (\n"
            '    words = []string{"a", "b"}\n'
            "    wait time.Duration = 5*time.Second\n"
            "    on = true\n"
            ")\n"
            "func F(n int) int { x := 5; return n }\n"
            "other = 5\n"
        )
        self.assertEqual(
            [tuple(p) for p in self.translator.inspect(cell)],
            [
                ("day", "string", "2000-01-01", ""),
                ("limit", "int", "3", ""),
                ("ids", "None", "[1, 2]", ""),
                ("name", "string", '"a=b"', ""),
                ("top", "int", "3", "the most"),
                ("greeting", "string", '"a // b; \\"c\\""', "said first"),
                ("rate", "float64", "0.5", ""),
                ("words", "None", '[]string{"a", "b"}', ""),
                ("wait", "time.Duration", "5*time.Second", ""),
                ("on", "bool", "true", ""),
            ],
        )
        for odd in ("", "SELECT 1", "%parameters a=", "const = 5", "const x", "var ("):
            self.assertEqual(self.translator.inspect(new_code_cell(odd)), [])


if __name__ == "__main__":
    unittest.main()
