"""Which trouble says it all: one credential is one incident, told as the worst of it.

A mall whose token was about to end and then died has one trouble, not two: the
incident goes on under its number as the worse kind.
"""

from cafe24.alerts.tables import IncidentKind

_MILDER = {
    IncidentKind.reauthorize: (
        IncidentKind.token_unfinished,
        IncidentKind.token_overdue,
        IncidentKind.refresh_failed,
        IncidentKind.token_ambiguous,
        IncidentKind.token_expiring,
    ),
    IncidentKind.token_expiring: (IncidentKind.token_unfinished, IncidentKind.token_overdue),
    IncidentKind.token_overdue: (IncidentKind.token_unfinished,),
}
"""What each kind makes needless to say, the worst last."""


def milder_than(kind: IncidentKind) -> tuple[IncidentKind, ...]:
    """Return the kinds that an incident of this kind takes over, the worst last."""
    return _MILDER.get(kind, ())


def worse_than(kind: IncidentKind) -> tuple[IncidentKind, ...]:
    """Return the kinds whose incident already says what this kind would, the worst last."""
    return tuple(worse for worse in reversed(_MILDER) if kind in _MILDER[worse])


def told_first(kind: IncidentKind) -> list[IncidentKind]:
    """Return the kinds whose open incident a finding of this kind belongs to, the likest first."""
    return [*reversed(worse_than(kind)), kind, *reversed(milder_than(kind))]
