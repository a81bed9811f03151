"""How a pair enters Vault from outside a refresh: by consent, or by import.

It begins a new lineage, whose generation is above everything ever seen, so that
no late answer of an older lineage can take its place.
"""

import logging
import random
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import datetime

from cafe24.boottime import boottime
from cafe24.commands import MANAGE
from cafe24.errors import Cafe24Away, Conflict, ConsentRefused, MallBusy, Retryable, VaultRefused
from cafe24.malls import MallId, trusted_api_url
from cafe24.secret import Secret
from cafe24.tokens.answer import ClientRefused, Granted, GrantRefused, Verdict
from cafe24.tokens.consent import Consent
from cafe24.tokens.document import AppDocument, MallDocument, Status
from cafe24.tokens.endpoint import Permit, TokenEndpoint
from cafe24.tokens.outcome import GrantOutcome, GrantRecord, Refresh, Witness
from cafe24.tokens.pair import TokenPair
from cafe24.tokens.publication import Publication
from cafe24.tokens.refusal import another_environment, app_refused
from cafe24.tokens.safekeeping import FIRST_PAUSE_S, LONGEST_PAUSE_S
from cafe24.tokens.store import Stored, TokenStore

CODE_LIFE_S = 60.0
LINEAGE_BYTES = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A pair from outside, and what is known of it.

    Attributes:
        replaces: the only version of the mall's document that it may replace, 0 for
            none; None: whatever is there.
    """

    mall_id: MallId
    client_id: str
    pair: TokenPair
    shop_no: int = 1
    status: Status = "active"
    replaces: int | None = None


class Adoption:
    """Begins a mall's lineages."""

    def __init__(
        self,
        store: TokenStore,
        endpoint: TokenEndpoint,
        *,
        environment: str,
        witness: Witness = lambda _record: None,
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._environment = environment
        self._witness = witness
        self._keys = store.keys()
        self._publication = Publication(store, self._keys)

    def authorize(
        self, app: AppDocument, consent: Consent, code: Secret, *, above_generation: int = 0
    ) -> Refresh:
        """Exchange the code at once and begin a new lineage with what comes back.

        Args:
            app: the app that asked for the consent.
            consent: the request that the code answers.
            code: the authorization code; it lives one minute and works once.
            above_generation: the highest generation the ledger knows of.

        Raises:
            ConsentRefused: the code is spent, too old, or another mall's.
            AppRefused: client_id or client_secret is wrong.
            Cafe24Away: no clear answer; a new consent is needed.
            VaultRefused: the mall belongs to another environment, or our sign-in may not
                write it; if not said otherwise the code is not spent.
            VaultAway: Vault does not answer; the code is not spent.
        """
        mall = consent.mall_id
        self._refuse_foreign(mall, self._store.read_mall(mall))
        trusted_api_url(self._endpoint.template, mall, app.api_hosts)
        # A code works once: nobody spends one for tokens that could not be kept.
        self._store.refuse_unwritable(mall)
        asked_at = self._store.vault.session.now()
        permit = Permit(boottime() + CODE_LIFE_S, boottime)
        granted = _granted(
            self._endpoint.exchange(mall, app, code, consent.verifier, permit), mall, app
        )
        newcomer = Newcomer(
            mall,
            app.client_id,
            granted.pair(asked_at, Secret("")),
            shop_no=_shop_no(granted.fields.get("shop_no")),
        )
        try:
            return self.adopt(newcomer, above_generation=above_generation, how="authorized")
        except VaultRefused as refusal:
            raise VaultRefused(
                f"{mall} consented, but its new tokens are lost: Vault refused them. "
                f"{refusal.message}",
                f"{refusal.next_step} Then have the mall consent again: {MANAGE} authorize {mall}",
            ) from None

    def adopt(
        self,
        newcomer: Newcomer,
        *,
        above_generation: int = 0,
        how: GrantOutcome = "imported",
    ) -> Refresh:
        """Begin a new lineage with this pair, over whatever is there.

        Raises:
            VaultRefused: the mall belongs to another environment, or is damaged.
            UsageError: the mall was removed.
            MallBusy: it may not replace what is there now.
        """
        started_at = self._store.vault.session.now()
        lineage = secrets.token_hex(LINEAGE_BYTES)
        stored = self._begin(newcomer, lineage, above_generation, is_call=how == "authorized")
        self._tell(stored, how, started_at)
        return Refresh(
            mall_id=newcomer.mall_id,
            outcome="refreshed",
            grant=stored.document.grant,
            access_expires_at=stored.document.access_expires_at,
            refresh_expires_at=stored.document.refresh_expires_at,
            unfinished=self._publication.mend(stored, is_new=True),
            client_id=newcomer.client_id,
        )

    def _begin(
        self, newcomer: Newcomer, lineage: str, above_generation: int, *, is_call: bool
    ) -> Stored:
        """Write the first document of a lineage, however long Vault is away."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                before = self._store.read_mall(newcomer.mall_id)
                if before is not None and before.document.lineage == lineage:
                    return before
                self._refuse_foreign(newcomer.mall_id, before)
                _refuse_moved(newcomer, before)
                document = self._first(newcomer, lineage, above_generation, before)
                if is_call:
                    document = document.with_call(newcomer.pair.issued_at)
                written = self._store.write_mall(document, cas=before.version if before else 0)
            except Conflict:
                continue
            except MallBusy:
                raise
            except Retryable as failure:
                _log.warning("The pair of %s is not saved yet: %s", newcomer.mall_id, failure)
                time.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            else:
                return Stored(document, written.number, written.written_at, written.written_at)

    def _first(
        self, newcomer: Newcomer, lineage: str, above_generation: int, before: Stored | None
    ) -> MallDocument:
        old = before.document if before else None
        pair = newcomer.pair
        return MallDocument(
            environment=self._environment,
            mall_id=newcomer.mall_id,
            client_id=newcomer.client_id,
            shop_no=newcomer.shop_no,
            shop_nos=old.shop_nos if old else [newcomer.shop_no],
            keep_warm=old.keep_warm if old else False,
            status=newcomer.status,
            lineage=lineage,
            generation=max(above_generation, old.generation if old else 0) + 1,
            access_token=pair.access_token,
            access_expires_at=pair.access_expires_at,
            refresh_token=pair.refresh_token,
            refresh_expires_at=pair.refresh_expires_at,
            issued_at=pair.issued_at,
            scopes=list(pair.scopes),
            calls=old.calls if old else [],
        )

    def _refuse_foreign(self, mall: MallId, before: Stored | None) -> None:
        if before is None:
            self._store.refuse_removed(mall)
        elif before.document.environment != self._environment:
            raise another_environment(before.document, self._environment)

    def _tell(self, stored: Stored, outcome: GrantOutcome, started_at: datetime) -> None:
        document = stored.document
        self._witness(
            GrantRecord(
                environment=self._environment,
                mall_id=MallId(document.mall_id),
                lineage=document.lineage,
                generation=document.generation,
                fingerprint=self._keys.fingerprint(document.refresh_token),
                owner=outcome,
                host=socket.gethostname(),
                started_at=started_at,
                finished_at=max(started_at, stored.written_at),
                outcome=outcome,
            )
        )


def _refuse_moved(newcomer: Newcomer, before: Stored | None) -> None:
    if newcomer.replaces is None:
        return
    is_moved = newcomer.replaces != (before.version if before else 0)
    if is_moved or (before is not None and before.intent_is_live):
        raise MallBusy(
            f"Somebody else is refreshing {newcomer.mall_id}, or just did; nothing was changed.",
            "Stop them, then run again in a minute.",
        )


def _shop_no(text: str | None) -> int:
    """Return the number; what is none must not cost the tokens beside it."""
    return int(text) if text is not None and text.isdecimal() else 1


def _granted(verdict: Verdict, mall: MallId, app: AppDocument) -> Granted:
    """Return the tokens, if they came and are this mall's."""
    again = f"Get a new link: {MANAGE} authorize {mall}"
    match verdict:
        case Granted() if not verdict.rotated:
            raise Cafe24Away(f"Cafe24 sent no refresh token for {mall}.", again)
        case Granted() if verdict.mall_id in {None, mall}:
            return verdict
        case Granted():
            raise ConsentRefused(
                f"The consent was given for the mall {verdict.mall_id}, not for {mall}.",
                f"Sign in to {mall} as its principal operator. {again}",
            )
        case GrantRefused(text):
            raise ConsentRefused(f"The code is too old or was used before ({text}).", again)
        case ClientRefused(text):
            raise app_refused(app.client_id, text)
        case _:
            raise Cafe24Away(f"The code of {mall} was not exchanged ({verdict.text}).", again)
