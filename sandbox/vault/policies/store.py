"""Policies by name, as they were written."""

import base64
import binascii
from dataclasses import dataclass

from sandbox.vault.policies.defaults import DEFAULT, RESPONSE_WRAPPING
from sandbox.vault.policies.rules import Rule, rules_in
from sandbox.vault.tokens.entry import ROOT_POLICY
from sandbox.vault.wire.answers import Refusal

IMMUTABLE = frozenset({ROOT_POLICY, "response-wrapping"})


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as it was written, and its rules."""

    text: str
    rules: tuple[Rule, ...]


class PolicyStore:
    """Every policy by name; `revision` grows with every change."""

    def __init__(self) -> None:
        self.revision = 0
        self._policies: dict[str, Policy] = {}
        for name, text in (("default", DEFAULT), ("response-wrapping", RESPONSE_WRAPPING)):
            self._policies[name] = Policy(text, rules_in(text))

    def names(self) -> list[str]:
        """Return the names in the order in which Vault lists them: root comes last."""
        return [*sorted(set(self._policies) - IMMUTABLE), ROOT_POLICY]

    def find(self, name: str) -> Policy | None:
        """Return the policy of that name; root is there and empty."""
        if name.lower() == ROOT_POLICY:
            return Policy("", ())
        return self._policies.get(name.lower())

    def write(self, name: str, text: str) -> None:
        """Parse and keep a policy.

        Raises:
            Refusal: 400, when it cannot be parsed or may not be changed.
        """
        if name.lower() in IMMUTABLE:
            raise Refusal(400, f'cannot update "{name.lower()}" policy')
        text = _decoded(text)
        self._policies[name.lower()] = Policy(text, rules_in(text))
        self.revision += 1

    def delete(self, name: str) -> None:
        """Forget a policy.

        Raises:
            Refusal: 400, when it may not be deleted.
        """
        if name.lower() in IMMUTABLE:
            raise Refusal(400, f'cannot delete "{name.lower()}" policy')
        if name.lower() == "default":
            raise Refusal(400, "cannot delete default policy")
        self._policies.pop(name.lower(), None)
        self.revision += 1


def _decoded(text: str) -> str:
    """Return the text of a policy that may have been sent in base64."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text
