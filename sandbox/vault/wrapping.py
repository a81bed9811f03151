"""Response wrapping: an answer kept behind a token that opens it once."""

from dataclasses import dataclass, replace
from typing import Any

from sandbox.vault.clock import Instant, rfc3339
from sandbox.vault.tokens.entry import Token
from sandbox.vault.tokens.leases import Terms
from sandbox.vault.tokens.store import TokenStore
from sandbox.vault.wire.answers import Answer, Refusal
from sandbox.vault.wire.request import Request

POLICIES = ("response-wrapping",)
PATHS = frozenset({"sys/wrapping/lookup", "sys/wrapping/unwrap", "sys/wrapping/rewrap"})


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An answer, what it was the answer to, and for how long it was to be kept."""

    answer: Answer
    creation_path: str
    ttl_s: int


class Wrapping:
    """The wrapped answers by wrapping token."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self._wrapped: dict[str, Wrapped] = {}

    def wrap(self, wrapped: Wrapped, now: Instant) -> Answer:
        """Keep an answer and return the one that goes out in its place."""
        token = Token(
            policies=POLICIES,
            path=wrapped.creation_path,
            created=now,
            terms=Terms(max_ttl_s=0, explicit_max_ttl_s=wrapped.ttl_s),
            num_uses=1,
            renewable=False,
        )
        self._tokens.issue(token, wrapped.ttl_s)
        self._wrapped[token.id] = wrapped
        return Answer(wrap_info=_wrap_info(token, wrapped))

    def check(self, request: Request) -> None:
        """See to it that the request names a wrapping token that still lives.

        Raises:
            Refusal: 400, when it does not.
        """
        self._find(request)

    def lookup(self, request: Request) -> Answer:
        """Tell what is known of a wrapped answer without opening it."""
        token, wrapped = self._find(request)
        return Answer(
            {
                "creation_path": wrapped.creation_path,
                "creation_time": rfc3339(token.created.wall_ns),
                "creation_ttl": wrapped.ttl_s,
            }
        )

    def unwrap(self, request: Request) -> Answer:
        """Open a wrapped answer; it cannot be opened again."""
        return self._take(request).answer

    def rewrap(self, request: Request) -> Answer:
        """Move a wrapped answer to a new token."""
        return self.wrap(self._take(request), request.now)

    def _take(self, request: Request) -> Wrapped:
        token, wrapped = self._find(request)
        self._tokens.revoke(token)
        del self._wrapped[token.id]
        return wrapped

    def _find(self, request: Request) -> tuple[Token, Wrapped]:
        token_id = request.fields.text("token") or request.token_id
        token = self._tokens.find(token_id, request.now)
        if token is None or token.id not in self._wrapped:
            raise Refusal(400, "wrapping token is not valid or does not exist")
        return token, self._wrapped[token.id]


def wrapped_answer(answer: Answer, request: Request) -> Wrapped:
    """Return an answer as it is kept for the request that wanted it wrapped."""
    return Wrapped(replace(answer, on_top=False), request.path, request.wrap_ttl_s)


def _wrap_info(token: Token, wrapped: Wrapped) -> dict[str, Any]:
    info = {
        "token": token.id,
        "accessor": token.accessor,
        "ttl": wrapped.ttl_s,
        "creation_time": rfc3339(token.created.wall_ns),
        "creation_path": wrapped.creation_path,
    }
    if wrapped.answer.auth is not None:
        info["wrapped_accessor"] = wrapped.answer.auth["accessor"]
    return info
