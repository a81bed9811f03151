"""How a pair from elsewhere gets into Vault: over which version, said before it is done."""

from dataclasses import dataclass

from cafe24.commands import MANAGE
from cafe24.errors import Reauthorize
from cafe24.malls import MallId
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.configuration import TokenConfiguration
from cafe24.tokens.document import Status
from cafe24.tokens.foreign_pair import ForeignPair
from cafe24.tokens.outcome import Refresh, Witness
from cafe24.tokens.store import Stored, TokenStore
from cli.output import print_note, when


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it.

    Attributes:
        outcome: `imported`, or `held` when Vault holds this very pair already.
        replaced_generation: of the pair that was there before; None when nothing went.
    """

    result: Refresh
    outcome: str
    status: Status
    replaced_generation: int | None = None


@dataclass(frozen=True, slots=True)
class TakingOver:
    """Takes one mall's pair over; `witness` is told of it for the ledger."""

    tokens: TokenConfiguration
    store: TokenStore
    mall: MallId
    witness: Witness

    def take(self, foreign: ForeignPair, client_id: str | None, above_generation: int) -> Taken:
        """Begin a new lineage with the pair, over what was read and nothing later.

        Raises:
            NeedsPerson: no such app, or which one is not said.
            Reauthorize: the refresh token has ended.
            MallBusy: somebody is refreshing the mall.
            VaultRefused: it belongs to another environment, or is damaged.
        """
        app = self.store.app_or_only_one(client_id)
        before = self.store.read_mall(self.mall)
        newcomer = self._newcomer(foreign, app.client_id, before)
        if before is not None and self._holds(before, newcomer):
            return _held(before)
        if before is not None:
            self._say_what_goes(before, newcomer)
        adoption = self.tokens.adoption(self.witness, self.store)
        result = adoption.adopt(newcomer, above_generation=above_generation)
        replaced = before.document.generation if before else None
        return Taken(result, "imported", newcomer.status, replaced)

    def _newcomer(self, foreign: ForeignPair, client_id: str, before: Stored | None) -> Newcomer:
        now = self.store.vault.session.now()
        pair = foreign.pair(now)
        if pair.refresh_expires_at <= now:
            raise Reauthorize(
                f"This refresh token of {self.mall} ended at {when(pair.refresh_expires_at)}.",
                f"The mall's principal operator must consent again: {MANAGE} authorize {self.mall}",
            )
        return Newcomer(
            self.mall,
            client_id,
            pair,
            foreign.shop_no,
            foreign.status(now),
            replaces=before.version if before else 0,
        )

    def _holds(self, before: Stored, newcomer: Newcomer) -> bool:
        is_ours = before.document.environment == self.tokens.environment
        return is_ours and before.document.refresh_token == newcomer.pair.refresh_token

    def _say_what_goes(self, before: Stored, newcomer: Newcomer) -> None:
        old = before.document
        print_note(
            f"It replaces generation {old.generation} of {old.mall_id} ({old.status}, granted "
            f"{when(old.issued_at)}). The way back: "
            f"{self.store.rollback_command(self.mall, before.version)}"
        )
        if old.issued_at > newcomer.pair.issued_at:
            print_note(
                "What it replaces is the newer: if both are of one consent, this one is spent."
            )


def _held(before: Stored) -> Taken:
    document = before.document
    print_note(f"Vault holds this very pair of {document.mall_id} already.")
    result = Refresh(
        MallId(document.mall_id),
        "fresh",
        document.grant,
        document.access_expires_at,
        document.refresh_expires_at,
    )
    return Taken(result, "held", document.status)
