"""The part of HCL that policy files use: blocks, strings, lists, comments; or the same as JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.vault.policies.hcl_tokens import HclError, Token, scan


@dataclass(slots=True)
class Block:
    """A body between braces: attributes by name, and labelled blocks in their order."""

    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list[tuple[str, str, "Block"]] = field(default_factory=list)


def parse(text: str) -> Block:
    """Return the top of a policy file.

    Raises:
        HclError: with line and column.
    """
    if text.lstrip().startswith("{"):
        return _from_json(text)
    return _Parser(list(scan(text))).body(end="EOF")


class _Parser:
    """Reads tokens from left to right, one ahead."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = iter(tokens)
        self._next = next(self._tokens)

    def body(self, end: str) -> Block:
        block = Block()
        while self._next.kind != end:
            self._item(block)
            if self._next.kind == "COMMA":
                self._take("COMMA")
        if end != "EOF":
            self._take(end)
        return block

    def _item(self, block: Block) -> None:
        name = self._key()
        if self._next.kind in {"STRING", "IDENT"}:
            label = self._key()
            self._take("LBRACE")
            block.blocks.append((name.text, label.text, self.body("RBRACE")))
            return
        if name.text in block.attributes:
            self._fail(f'the argument "{name.text}" was already set', name)
        if self._next.kind != "LBRACE":
            self._take("ASSIGN")
        block.attributes[name.text] = self._value()

    def _key(self) -> Token:
        if self._next.kind not in {"STRING", "IDENT"}:
            self._fail(f"object expected closing RBRACE got: {self._next.kind}", self._next)
        token = self._take(self._next.kind)
        return token._replace(text=_unquoted(token.text)) if token.kind == "STRING" else token

    def _value(self) -> Any:
        token = self._next
        match token.kind:
            case "LBRACE":
                self._take("LBRACE")
                return self.body("RBRACE")
            case "LBRACK":
                return self._list()
            case "STRING":
                return _unquoted(self._take("STRING").text)
            case "NUMBER":
                return json.loads(self._take("NUMBER").text)
            case "IDENT" if token.text in {"true", "false"}:
                return self._take("IDENT").text == "true"
        return self._fail(f"unexpected token while parsing value: {token.kind}", token)

    def _list(self) -> list[Any]:
        self._take("LBRACK")
        items: list[Any] = []
        while self._next.kind != "RBRACK":
            if self._next.kind not in {"STRING", "NUMBER", "LBRACK"}:
                self._fail(f"unexpected token while parsing list: {self._next.kind}", self._next)
            items.append(self._value())
            if self._next.kind == "COMMA":
                self._take("COMMA")
            elif self._next.kind != "RBRACK":
                self._fail(
                    f"error parsing list, expected comma or list end, got: {self._next.kind}",
                    self._next,
                )
        self._take("RBRACK")
        return items

    def _take(self, kind: str) -> Token:
        token = self._next
        if token.kind != kind:
            self._fail(f"expected: {kind} got: {token.kind}", token)
        self._next = next(self._tokens, token)
        return token

    def _fail(self, reason: str, token: Token) -> Any:
        raise HclError(f"At {token.line}:{token.column}: {reason}")


def _unquoted(text: str) -> str:
    try:
        value: str = json.loads(text)
    except ValueError:
        raise HclError(f"invalid string {text}") from None
    return value


def _from_json(text: str) -> Block:
    try:
        top = json.loads(text)
    except ValueError as failure:
        raise HclError(f"the JSON is broken: {failure}") from None
    block = Block()
    for name, value in top.items():
        for labelled in value if isinstance(value, list) else [value]:
            _add_json(block, name, labelled)
    return block


def _add_json(block: Block, name: str, labelled: Any) -> None:
    if not isinstance(labelled, dict):
        block.attributes[name] = labelled
        return
    for label, body in labelled.items():
        if not isinstance(body, dict):
            raise HclError(f'"{label}" is no object')
        block.blocks.append((name, label, Block(attributes=body)))
