"""Every error this project raises, sorted by what happens next.

    CafeError                     one line for the user, an exit code, never a secret
    ├── Retryable                 nobody is woken; the same call may work later
    │   ├── VaultAway             no answer, sealed, standby, 5xx
    │   ├── Cafe24Away            no answer, 5xx, an answer that is not JSON
    │   ├── RateLimited           429; carries the seconds to wait
    │   ├── MallBusy              another keeper or another sync holds this mall
    │   ├── DatabaseAway          no connection, locked
    │   ├── SlackAway             no answer, 429, 5xx
    │   ├── HelperGone            the process that spends tokens ended without an answer
    │   └── PrefectAway           the Prefect API does not answer
    ├── Conflict                  somebody wrote first: read again and go on
    ├── NotFound                  Cafe24 has no such record: it was deleted
    ├── NeedsPerson               the message says what to do
    │   ├── UsageError            the command line
    │   ├── SettingsError         environment, .env, blocks
    │   ├── VaultRefused          sign-in, policy, a damaged document
    │   ├── AppRefused            client_id or client_secret; the pair is good
    │   ├── TokenAmbiguous        a refresh got no answer; nobody knows if it counted
    │   ├── PairSpilled           a new pair is sealed on a host, not yet in Vault
    │   ├── SpillUnusable         a spill is truncated, tampered with, or no spill
    │   ├── StoreRolledBack       Vault holds an older pair than was granted
    │   ├── Reauthorize           the mall's operator must consent again
    │   │   └── AppUninstalled    the app was removed from the mall
    │   ├── MallPaused            somebody paused the mall on purpose
    │   ├── ConsentRefused        the redirect brought an error or a foreign code
    │   ├── ScopeMissing          403 from the Admin API
    │   ├── VersionSunset         X-Cafe24-Api-Version is no longer served
    │   ├── DeletionBraked        a sync would delete too much
    │   ├── DatabaseUnusable      wrong kind, wrong schema, full, read-only
    │   ├── SlackRefused          a dead webhook, a revoked bot token
    │   │   └── MessageRefused    Slack would take another message there
    │   └── PrefectRefused        no such pool, no worker, no such deployment
    └── ContractBroken            Cafe24 answered off its documented shape
        └── PairSetAside          a granted pair that may not stand in the mall's document

Messages carry no token, body or header, and every error survives pickling,
because Prefect pickles what a task raises.
"""

from typing import ClassVar


class CafeError(Exception):
    """What went wrong, and what to do about it, in one line each.

    Attributes:
        exit_code: what `manage.py` ends with (2 usage, 3 settings, 4 Vault,
            5 a person is needed, 6 Cafe24, 7 database, 8 Prefect).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message, next_step)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Retryable(CafeError):
    """Nobody is woken: the same call may work later.

    Attributes:
        retry_after_s: seconds the other side asked us to wait, or None.
    """

    def __init__(
        self, message: str, next_step: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, next_step)
        self.args = (message, next_step, retry_after_s)
        self.retry_after_s = retry_after_s


class VaultAway(Retryable):
    """Vault gave no answer, is sealed, or failed."""

    exit_code = 4


class Cafe24Away(Retryable):
    """Cafe24 gave no answer, a 5xx, or a body that is not JSON."""

    exit_code = 6


class RateLimited(Retryable):
    """Cafe24 answered 429."""

    exit_code = 6


class MallBusy(Retryable):
    """Another process holds this mall's intent or its sync lease."""

    exit_code = 1


class DatabaseAway(Retryable):
    """The database is locked or does not accept connections."""

    exit_code = 7


class SlackAway(Retryable):
    """Slack gave no answer, a 429 or a 5xx."""


class HelperGone(Retryable):
    """The process that refreshes for a run was killed; Vault knows how far it came."""


class PrefectAway(Retryable):
    """The Prefect API does not answer."""

    exit_code = 8


class Conflict(CafeError):
    """Somebody wrote first: read again and go on."""

    exit_code = 4


class NotFound(CafeError):
    """Cafe24 answered 404 for one record: the mall does not have it any more."""

    exit_code = 6


class NeedsPerson(CafeError):
    """A person must act; `next_step` says how."""

    exit_code = 5


class UsageError(NeedsPerson):
    """The command line asks for something that cannot be."""

    exit_code = 2


class SettingsError(NeedsPerson):
    """A setting is missing, unknown, legacy or refused."""

    exit_code = 3


class VaultRefused(NeedsPerson):
    """Vault refused the sign-in or the path, or a document there is damaged."""

    exit_code = 4


class AppRefused(NeedsPerson):
    """Cafe24 refused client_id or client_secret. The token pair is still good.

    Attributes:
        client_id: of the app that was refused, and with it all malls that consented to it.
    """

    exit_code = 6

    def __init__(self, message: str, next_step: str = "", client_id: str = "") -> None:
        super().__init__(message, next_step)
        self.args = (message, next_step, client_id)
        self.client_id = client_id


class TokenAmbiguous(NeedsPerson):
    """A refresh was sent and got no clear answer; the old token may be spent."""


class PairSpilled(NeedsPerson):
    """Vault did not take a new pair in time: it is sealed in a file on this host."""

    exit_code = 4


class SpillUnusable(NeedsPerson):
    """A spill file is truncated, tampered with, unreadable, or no spill at all."""

    exit_code = 1


class StoreRolledBack(NeedsPerson):
    """The ledger knows a later grant than Vault holds: Vault was restored from a backup."""

    exit_code = 4


class Reauthorize(NeedsPerson):
    """The refresh token is dead: the mall's principal operator must consent again."""


class AppUninstalled(Reauthorize):
    """The mall's owner removed the app: none of its tokens works any more."""


class MallPaused(NeedsPerson):
    """The mall is paused: no token of it is spent until somebody resumes it."""


class ConsentRefused(NeedsPerson):
    """The consent redirect carries an error, an old state or another mall's code."""


class ScopeMissing(NeedsPerson):
    """The Admin API answered 403: a scope is not granted, or the app is gone."""

    exit_code = 6


class VersionSunset(NeedsPerson):
    """The requested X-Cafe24-Api-Version is no longer served."""

    exit_code = 3


class DeletionBraked(NeedsPerson):
    """A full sync would delete a larger share than allowed, so it deleted nothing."""

    exit_code = 1


class DatabaseUnusable(NeedsPerson):
    """The database is of an unknown kind, of another schema, full or read-only."""

    exit_code = 7


class SlackRefused(NeedsPerson):
    """The webhook or the bot token is dead, or the channel is gone."""


class MessageRefused(SlackRefused):
    """Slack refused this message for what is in it; the channel itself is alive."""


class PrefectRefused(NeedsPerson):
    """Prefect has no such pool, deployment or block, or no worker takes the run."""

    exit_code = 8


class ContractBroken(CafeError):
    """Cafe24 answered off its documented shape; `path` names where.

    Attributes:
        path: the place in the answer, such as `products[3].price`.
    """

    exit_code = 6

    def __init__(self, message: str, next_step: str = "", path: str = "") -> None:
        super().__init__(message, next_step)
        self.args = (message, next_step, path)
        self.path = path


class PairSetAside(ContractBroken):
    """A granted pair belongs to another mall, or the document went on without it."""
