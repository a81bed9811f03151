"""The mall's document in Vault: everything that must change together.

Fields and rules: docs/keeper.md. A document that was edited by hand into
another shape is refused by naming the field, never mended and never overwritten.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    ValidationError,
)

from cafe24.errors import VaultRefused
from cafe24.malls import MallId, MallIdField
from cafe24.secret import Secret, Unshown
from cafe24.tokens.pair import AccessToken, Grant, TokenPair

CALL_WINDOW = timedelta(hours=2)

Status = Literal["active", "unproven", "ambiguous", "reauthorize", "paused"]


def _secret(text: object) -> Secret:
    if isinstance(text, Secret):
        return text
    if not isinstance(text, str) or not text:
        raise ValueError("must be a text that is not empty")
    return Secret(text)


def _serialized(secret: Secret, how: SerializationInfo) -> Any:
    if how.context is _FOR_VAULT:
        return secret.reveal()
    if how.mode_is_json():
        raise TypeError("A secret has no JSON: only vault_data() has it in clear.")
    return secret


_FOR_VAULT = object()

SecretField = Annotated[Secret, PlainValidator(_secret), PlainSerializer(_serialized)]
"""A secret that becomes text only when a document is dumped for Vault."""


class VaultDocument(BaseModel):
    """A document with a fixed shape."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def parsed(cls, data: dict[str, Any], path: str) -> Self:
        """Return the document that Vault holds at `path`.

        Raises:
            VaultRefused: it has another shape; names the field, not its value.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as flaws:
            first = flaws.errors(include_input=False, include_url=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise VaultRefused(
                f"The Vault document {path} is damaged: {field}: {first['msg']}.",
                "Restore its last good version: vault kv rollback. Nothing was overwritten.",
            ) from None

    def vault_data(self) -> Unshown:
        """Return the document as Vault keeps it, secrets in clear."""
        return Unshown(self.model_dump(mode="json", by_alias=True, context=_FOR_VAULT))


class Intent(VaultDocument):
    """Who is about to spend the refresh token: lock, lease and fence at once."""

    owner: str
    host: str
    pid: int
    generation: int
    lease_s: float
    parent: str


class MallDocument(VaultDocument):
    """`malls/{mall_id}`: the pair, its history and the intent to renew it."""

    shape: Literal[1] = Field(alias="schema", default=1)
    environment: str
    mall_id: MallIdField
    client_id: str
    shop_no: int = 1
    shop_nos: list[int] = Field(default_factory=lambda: [1])
    keep_warm: bool = False
    status: Status = "active"
    lineage: str
    generation: int = Field(ge=1)
    access_token: SecretField
    access_expires_at: AwareDatetime
    refresh_token: SecretField
    refresh_expires_at: AwareDatetime
    issued_at: AwareDatetime
    scopes: list[str]
    calls: list[AwareDatetime] = Field(default_factory=list)
    sent: list[AwareDatetime] = Field(default_factory=list)
    not_before: AwareDatetime | None = None
    intent: Intent | None = None

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @property
    def grant(self) -> Grant:
        """Which grant this document's pair came from."""
        return Grant(self.lineage, self.generation)

    def access(self) -> AccessToken:
        """Return the access token as readers get it."""
        return AccessToken(
            MallId(self.mall_id), self.access_token, self.access_expires_at, self.grant
        )

    def recent_calls(self, now: datetime) -> list[datetime]:
        """Return the token-endpoint calls of the last two hours before `now`."""
        return [call for call in self.calls if now - call < CALL_WINDOW]

    def with_intent(self, intent: Intent, now: datetime) -> "MallDocument":
        """Return the document that says: this owner is about to call, once."""
        return self.with_call(now).model_copy(
            update={"intent": intent, "sent": [*self.sent, now], "not_before": None}
        )

    def with_call(self, now: datetime) -> "MallDocument":
        """Return the document with one more call of the token endpoint on its account."""
        return self.model_copy(update={"calls": [*self.recent_calls(now), now]})

    def with_pair(self, pair: TokenPair) -> "MallDocument":
        """Return the document after a grant: one generation on, nothing intended.

        A pair that comes home late does not end a pause: only a person does.
        """
        return self.model_copy(
            update={
                "status": "paused" if self.status == "paused" else "active",
                "generation": self.generation + 1,
                "access_token": pair.access_token,
                "access_expires_at": pair.access_expires_at,
                "refresh_token": pair.refresh_token,
                "refresh_expires_at": pair.refresh_expires_at,
                "issued_at": pair.issued_at,
                "scopes": list(pair.scopes),
                "sent": [],
                "intent": None,
            }
        )

    def unspent(self, not_before: datetime | None) -> "MallDocument":
        """Return the document after a call that provably spent nothing."""
        return self.model_copy(
            update={"intent": None, "sent": self.sent[:-1], "not_before": not_before}
        )

    def marked(self, status: Status) -> "MallDocument":
        """Return the document with another status and no intent."""
        return self.model_copy(update={"status": status, "intent": None})

    @property
    def is_left_open(self) -> bool:
        """Whether it is written down that somebody's lease ran out."""
        is_over = self.intent is not None and self.intent.lease_s == 0
        return is_over and self.status == "ambiguous"

    def left_open(self) -> "MallDocument":
        """Return the document after somebody's lease ran out: whose it was stays to be read."""
        assert self.intent is not None
        over = self.intent.model_copy(update={"lease_s": 0.0})
        return self.model_copy(update={"status": "ambiguous", "intent": over})


class AccessDocument(VaultDocument):
    """`access/{mall_id}`: the readers' copy. It holds nothing that can renew."""

    mall_id: MallIdField
    lineage: str
    generation: int
    access_token: SecretField
    access_expires_at: AwareDatetime


class AppDocument(VaultDocument):
    """`apps/{client_id}`: the app that all its malls consented to.

    A refresh needs its secret alone; a consent needs redirect_uri and scopes too.
    """

    client_id: str
    client_secret: SecretField
    next_client_secret: SecretField | None = None
    redirect_uri: str = ""
    scopes: list[str] = Field(default_factory=list)
    api_hosts: list[str] = Field(default_factory=list)

    def with_next_secret(self) -> "AppDocument | None":
        """Return the app with its next secret in use; None when it has none."""
        if self.next_client_secret is None:
            return None
        return self.model_copy(
            update={"client_secret": self.next_client_secret, "next_client_secret": None}
        )
