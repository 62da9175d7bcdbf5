"""Writes parameters as riffle reads them: as one command, for both SQL and Go."""

import json
import re
from collections.abc import Iterator
from typing import Any

from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator as Base

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
SET = re.compile(r"[%\\]set\s+(\w+)\s+(.*\S)")
GIVEN = re.compile(r"[%\\]parameters\s+(.*)")
QUOTED = r'"(?:\\.|[^"\\])*"|`[^`]*`|\'(?:\\.|[^\'\\])*\''
GO = re.compile(
    r"(?:(?P<keyword>const|var)\s+)?(?P<name>\w+)\s*(?P<type>[^=\s][^=]*?)?\s*="
    rf"\s*(?P<value>(?:{QUOTED}|[^\"`'/;]|/(?!/))+?)\s*;?\s*(?://\s*(?P<help>.*))?"
)
GROUP = re.compile(r"(?:const|var)\s*\(")
LITERALS = (
    ("string", re.compile(r'".*"|`.*`')),
    ("bool", re.compile(r"true|false")),
    ("int", re.compile(r"[-+]?[0-9][0-9_]*")),
    ("float64", re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")),
)


class Translator(Base):
    """Writes and reads the cells of parameters."""

    @classmethod
    def codify(cls, parameters: dict[str, Any], comment: str = "Parameters") -> str:
        pairs = [cls.assign(name, cls.translate(value, name)) for name, value in parameters.items()]
        return "\n".join([cls.comment(comment), " ".join(["%parameters", *pairs])] if pairs else []) + "\n"

    @classmethod
    def comment(cls, cmt_str: str) -> str:
        return "-- " + " ".join(cmt_str.split())

    @classmethod
    def assign(cls, name: str, str_val: str) -> str:
        if not NAME.fullmatch(name):
            raise PapermillException(f"{name!r} is no name of a parameter in riffle: use letters, digits and _")
        return f"{name}={str_val}"

    @classmethod
    def translate(cls, val: Any, name: str = "the parameter") -> str:
        try:
            return json.dumps(val, ensure_ascii=False, allow_nan=False, default=str)
        except ValueError:
            raise PapermillException(f"{name} is {val}, which is no number in SQL") from None

    @classmethod
    def inspect(cls, parameters_cell: Any) -> list[Parameter]:
        return list(cls._declared(parameters_cell.source))

    @classmethod
    def _declared(cls, source: str) -> Iterator[Parameter]:
        in_group = False
        for line in map(str.strip, source.splitlines()):
            if m := SET.fullmatch(line):
                yield Parameter(m[1], cls._literal(m[2], "string"), m[2], "")
            elif m := GIVEN.fullmatch(line):
                yield from cls._given(m[1])
            elif GROUP.match(line):
                in_group = True
            elif in_group and line.startswith(")"):
                in_group = False
            elif (m := GO.fullmatch(line)) and (m["keyword"] or in_group):
                kind = m["type"] or cls._literal(m["value"], "None")
                yield Parameter(m["name"], kind, m["value"], m["help"] or "")

    @classmethod
    def _given(cls, text: str) -> Iterator[Parameter]:
        decoder = json.JSONDecoder()
        while m := re.match(r"\s*(\w+)=", text):
            try:
                value, end = decoder.raw_decode(text, m.end())
            except ValueError:
                return
            yield Parameter(m[1], cls._literal(text[m.end() : end], "None"), text[m.end() : end], "")
            text = text[end:]

    @classmethod
    def _literal(cls, text: str, other: str) -> str:
        """Returns the Go type of a literal, or any other word unchanged."""
        return next((name for name, pattern in LITERALS if pattern.fullmatch(text)), other)
