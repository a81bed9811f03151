"""What the search looks at: one mall's document, its keepers, the server, and what may go wrong.

Everything is a tuple of small values, so that states can be told apart quickly. Time is
not counted: what a rule waits for is a condition (`World.is_quiet`), and a lease may run
out whenever its holder could have let it.
"""

from typing import Literal, NamedTuple

Token = tuple[int, int]
"""A refresh token: the consent it descends from, and a number of its own."""

NO_TOKEN: Token = (0, 0)

Intent = Literal["none", "live", "over", "open"]
"""`over`: the lease ran out, nobody has noticed; `open`: a keeper has written that down."""


class Pair(NamedTuple):
    """A pair that a grant gave, and what it was bought with."""

    token: Token
    parent: Token
    lineage: int
    generation: int


NO_PAIR = Pair(NO_TOKEN, NO_TOKEN, 0, 0)


class Document(NamedTuple):
    """`malls/{mall_id}` in Vault."""

    lineage: int = 1
    generation: int = 1
    token: Token = (1, 1)
    status: Literal["active", "ambiguous", "reauthorize"] = "active"
    intent: Intent = "none"

    def with_pair(self, pair: Pair) -> "Document":
        return self._replace(
            token=pair.token, generation=self.generation + 1, status="active", intent="none"
        )


At = Literal["idle", "read", "leased", "sent", "refused", "unclear", "unspent", "holds", "done"]


class Keeper(NamedTuple):
    """One keeper, each on a host of its own.

    Attributes:
        has_current: the version it goes by (read, or its intent's) is Vault's newest.
        seen: the generation that its caller wants to be newer than.
        spent: the document whose token it presents.
        has_slept: it sent after its lease had run out, without having noticed.
        answer: what the server sent and it has not read yet.
        pair: what it holds in memory.
        spill: what lies sealed on its host.
    """

    name: str = ""
    at: At = "idle"
    has_current: bool = False
    seen: int = 1
    spent: Document = Document()
    is_sent: bool = False
    has_slept: bool = False
    answer: Pair | Literal["", "invalid_grant"] = ""
    pair: Pair = NO_PAIR
    spill: Pair = NO_PAIR

    def rested(self) -> "Keeper":
        """Return it without anything in memory: between two runs, or after a kill."""
        return Keeper(name=self.name, seen=self.seen, spill=self.spill)

    def done(self) -> "Keeper":
        return self.rested()._replace(at="done")

    @property
    def in_hand(self) -> tuple[Pair, ...]:
        """What its process has, or has coming."""
        came = self.answer if isinstance(self.answer, Pair) else NO_PAIR
        return tuple(pair for pair in (self.pair, came) if pair != NO_PAIR)


class Budget(NamedTuple):
    """How much may still go wrong, and what people may still do."""

    kills: int = 0
    vault_faults: int = 0
    net_faults: int = 0
    consents: int = 0
    rollbacks: int = 0
    overrides: int = 0
    asks: int = 0


class State(NamedTuple):
    """Everything at one moment."""

    document: Document
    keepers: tuple[Keeper, ...]
    live: frozenset[Token]
    newest: int
    budget: Budget
    delayed: frozenset[Token] = frozenset()
    aside: frozenset[Pair] = frozenset()
    ledger: tuple[tuple[int, int], ...] = ((1, 1),)
    is_restored: bool = False

    def known(self, lineage: int) -> int:
        """Return the highest generation that the ledger knows of a lineage."""
        return dict(self.ledger).get(lineage, 0)

    @property
    def is_rolled_back(self) -> bool:
        return self.known(self.document.lineage) > self.document.generation

    @property
    def is_well(self) -> bool:
        """The document holds a living token and nobody is in the middle of anything."""
        document = self.document
        return (
            document.token in self.live
            and (document.status, document.intent) == ("active", "none")
            and all(keeper.spill == NO_PAIR for keeper in self.keepers)
        )


class Surroundings(NamedTuple):
    """What the keepers live among.

    Attributes:
        revokes_on_reuse: a spent token kills its whole family (RFC 9700's advice).
        consent_revokes: a new consent ends the tokens of the last one.
        consent_any_time: not only when a person is asked for one.
        pauses: a process may be suspended beyond its lease at any step.
        sleeps: even beyond the settling time, between its last look and its call; then
            "dead" may be written while it holds an answer, and must be undone.
        drains_in_time: a host with a spill runs again within the settling time.
    """

    keepers: int = 2
    budget: Budget = Budget(kills=1, vault_faults=1, net_faults=1, consents=1, asks=2)
    revokes_on_reuse: bool = False
    consent_revokes: bool = False
    consent_any_time: bool = False
    pauses: bool = False
    sleeps: bool = False
    drains_in_time: bool = False

    def start(self, *, named: bool) -> State:
        """Return the first state; keepers without names are told apart by nothing else."""
        names = "ABC"[: self.keepers] if named else " " * self.keepers
        budget = self.budget._replace(asks=self.budget.asks - self.keepers)
        keepers = tuple(Keeper(name.strip()) for name in names)
        return State(Document(), keepers, frozenset({(1, 1)}), 1, budget)
