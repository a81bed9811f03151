"""How long a token may live: what is asked for, and the limits that cap it."""

from dataclasses import dataclass

from sandbox.vault.wire.durations import go_duration

SYSTEM_MAX_TTL_S = 768 * 3600


@dataclass(slots=True)
class MountLimits:
    """A mount's own limits; 0 stands for the system's."""

    default_s: int = 0
    max_s: int = 0

    @property
    def longest_s(self) -> int:
        """The longest lease that is granted there."""
        return self.max_s or SYSTEM_MAX_TTL_S

    @property
    def usual_s(self) -> int:
        """The lease that is granted there where nothing is asked."""
        return min(self.default_s or SYSTEM_MAX_TTL_S, self.longest_s)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token's lease is granted under; 0 means no such limit.

    `default_ttl_s` is granted where nothing is asked, `period_s` on every renewal.
    """

    default_ttl_s: int = SYSTEM_MAX_TTL_S
    max_ttl_s: int = SYSTEM_MAX_TTL_S
    explicit_max_ttl_s: int = 0
    period_s: int = 0


def grant(terms: Terms, wanted_s: int, age_s: float) -> tuple[int, list[str]]:
    """Return the seconds granted to a token of that age, and the warnings about it."""
    limits = [terms.explicit_max_ttl_s, 0 if terms.period_s else terms.max_ttl_s]
    limit_s = min((limit for limit in limits if limit), default=None)
    proposed_s = terms.period_s or wanted_s or terms.default_ttl_s
    if limit_s is None or proposed_s <= limit_s - int(age_s):
        return proposed_s, []
    warnings = [_capped(wanted_s, limit_s)] if wanted_s else []
    return max(limit_s - int(age_s), 0), warnings


def _capped(wanted_s: int, limit_s: int) -> str:
    return (
        f'TTL of "{go_duration(wanted_s)}" exceeded the effective max_ttl of '
        f'"{go_duration(limit_s)}"; TTL value is capped accordingly'
    )
