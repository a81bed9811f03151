"""How well a credential stands, from what a monitor may see: dates, never tokens.

The planned refresh that did not happen is noticed long before any day count:
of 14 days of life a weekly refresh leaves room for not one missed week.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.errors import VaultRefused
from cafe24.malls import MallId
from cafe24.tokens.graded import WARNING_BELOW, Grade, GradedCredential
from cafe24.tokens.need import MIN_LEFT
from cafe24.tokens.store import TokenStore
from cafe24.vault.kv import KeyMetadata

OVERDUE_AFTER = timedelta(days=8, hours=6)
CRITICAL_BELOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a mall's metadata showed: its status in Vault's word, and its grade."""

    status: str
    credential: GradedCredential


def grade_by_sight(store: TokenStore, mall: MallId, lease: timedelta) -> Sight | None:
    """Look at a mall's metadata; None when the mall was removed.

    What Vault refuses to show of one mall is that mall's trouble: it must not end the
    look at all the others.

    Raises:
        VaultAway: no answer; nothing is known of any mall.
    """
    try:
        seen = store.mall_metadata(mall)
    except VaultRefused as refusal:
        now = store.vault.session.now()
        return Sight("unknown", grade_unseen(mall, str(refusal), now))
    if seen is None:
        return None
    return Sight(seen.custom.get("status", "unknown"), grade_mall(mall, seen, lease))


def grade_mall(mall: MallId, seen: KeyMetadata, lease: timedelta) -> GradedCredential:
    """Grade a mall's refresh token from its metadata alone; `now` is Vault's own."""
    now = seen.read_at
    name = f"mall:{mall}"
    told = _description(seen)
    if told is None:
        return GradedCredential(
            name, Grade.unfinished, None, now, mall, wants_refresh=True,
            reason="not described, or not whole: a write was not finished",
        )  # fmt: skip
    is_unfinished = told.version != str(seen.current_version) and now - seen.updated_at > lease
    is_overdue = now - told.issued_at > OVERDUE_AFTER
    grade, reason = _worst(
        told.status, told.expires_at - now, is_unfinished=is_unfinished, is_overdue=is_overdue
    )
    # A lost answer is settled when the old access token serves no longer.
    is_to_be_settled = told.status == "ambiguous" and told.access_expires_at - now < MIN_LEFT
    is_behind = (is_unfinished or is_overdue) and told.status in {"active", "unproven"}
    return GradedCredential(
        name, grade, told.expires_at, now, mall, told.issued_at, told.generation,
        wants_refresh=(is_behind or is_to_be_settled) and told.expires_at > now,
        reason=reason,
    )  # fmt: skip


def grade_unseen(mall: MallId, why: str, now: datetime) -> GradedCredential:
    """Grade a mall whose dates Vault does not show: nobody would notice its end."""
    return GradedCredential(
        f"mall:{mall}", Grade.warning, None, now, mall, is_unseen=True, reason=why
    )


def grade_sign_in(name: str, ends_at: datetime | None, now: datetime) -> GradedCredential:
    """Grade one of our own sign-ins at Vault, such as `vault:keeper`, by its end alone."""
    if ends_at is None:
        return GradedCredential(name, Grade.ok, None, now, reason="no end is known")
    grade, _ = _worst("active", ends_at - now, is_unfinished=False, is_overdue=False)
    return GradedCredential(name, grade, ends_at, now)


@dataclass(frozen=True, slots=True)
class _Description:
    """What custom_metadata says of a mall's pair."""

    version: str
    status: str
    generation: int
    issued_at: datetime
    access_expires_at: datetime
    expires_at: datetime


def _description(seen: KeyMetadata) -> _Description | None:
    """Return what the metadata says; None when a part is missing or cannot be read.

    One mall's half-written description must not end the check of all the others.
    """
    told = seen.custom
    try:
        return _Description(
            version=told["version"],
            status=told["status"],
            generation=int(told["generation"]),
            issued_at=_aware(told["issued_at"]),
            access_expires_at=_aware(told["access_expires_at"]),
            expires_at=_aware(told["refresh_expires_at"]),
        )
    except (KeyError, ValueError):
        return None


def _aware(text: str) -> datetime:
    """Return an RFC 3339 time; one without an offset says nothing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def _worst(
    status: str, left: timedelta, *, is_unfinished: bool, is_overdue: bool
) -> tuple[Grade, str]:
    """Return the worst grade that applies, and why."""
    from_worst = (
        (status == "reauthorize", Grade.reauthorize, "Cafe24 refused the refresh token"),
        (left <= timedelta(0), Grade.expired, "the refresh token has expired"),
        (left < CRITICAL_BELOW, Grade.critical, "the refresh token ends within a day"),
        (left < WARNING_BELOW, Grade.warning, "the refresh token ends within three days"),
        (status == "ambiguous", Grade.warning, "a refresh got no answer; its token may be spent"),
        (is_overdue, Grade.overdue, "the planned refresh did not happen"),
        (is_unfinished, Grade.unfinished, "a write was not finished"),
    )
    return next(
        ((grade, reason) for applies, grade, reason in from_worst if applies), (Grade.ok, "")
    )
