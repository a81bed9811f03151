"""HCL's tokens, with the line and column that errors name."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKENS = re.compile(
    r"""
      (?P<SPACE>[\s]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    | (?P<STRING>"(?:[^"\\\n]|\\.)*")
    | (?P<NUMBER>-?(?:0|[1-9]\d*)(?:\.\d+)?)
    | (?P<IDENT>[A-Za-z_][\w.-]*)
    | (?P<LBRACE>\{) | (?P<RBRACE>\}) | (?P<LBRACK>\[) | (?P<RBRACK>\])
    | (?P<ASSIGN>=) | (?P<COMMA>,)
    | (?P<ILLEGAL>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class HclError(Exception):
    """The text is not what a policy file may hold; the message says where."""


class Token(NamedTuple):
    """One token and where it stands, counted from 1."""

    kind: str
    text: str
    line: int
    column: int


def scan(text: str) -> Iterator[Token]:
    """Yield the tokens, then one of kind EOF.

    Raises:
        HclError: for what can be no token.
    """
    line, line_start = 1, 0
    for match in _TOKENS.finditer(text):
        kind, token = str(match.lastgroup), match.group()
        if kind == "ILLEGAL":
            raise HclError(f"At {line}:{match.start() - line_start + 1}: illegal character")
        if kind != "SPACE":
            yield Token(kind, token, line, match.start() - line_start + 1)
        if breaks := token.count("\n"):
            line += breaks
            line_start = match.start() + token.rindex("\n") + 1
    yield Token("EOF", "EOF", line, len(text) - line_start + 1)
