"""How `manage.py status --prometheus` looks: the text exposition format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/. Times are Unix
timestamps in seconds, as the naming rules want; what is unknown has no sample.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cafe24.overview import MallOverview
from cafe24.tokens.grades import Grade

_GRADES = ", ".join(f"{grade.value} {grade.name}" for grade in Grade)


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: the labels and the value; None is no line."""

    labels: Mapping[str, str]
    value: float | None


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: all are gauges."""

    name: str
    explanation: str
    samples: Sequence[Sample]


def exposition(
    malls: Sequence[MallOverview], report: Mapping[str, Any], answers: Mapping[str, bool]
) -> str:
    """Return the metrics.

    Args:
        malls: as `overview` returns them.
        report: the object that `--json` prints.
        answers: whether each source gave what it was asked for.
    """
    families = [*_about_all(report, answers), *_about_malls(malls, report), *_credentials(report)]
    return "".join(line for family in families for line in _lines(family))


def _about_all(report: Mapping[str, Any], answers: Mapping[str, bool]) -> Iterator[Family]:
    yield Family(
        "cafe24_status_checked_timestamp_seconds",
        "When this was asked.",
        [Sample({}, _timestamp(report["checked_at"]))],
    )
    yield Family(
        "cafe24_source_up",
        "Whether a source answered when this was asked; worker: whether one polls the pool.",
        [Sample({"source": name}, float(is_up)) for name, is_up in answers.items()],
    )
    yield Family(
        "cafe24_worst_grade",
        f"The worst grade of all: {_GRADES}.",
        [Sample({}, float(Grade[report["worst"]]))],
    )


def _about_malls(malls: Sequence[MallOverview], report: Mapping[str, Any]) -> Iterator[Family]:
    labels = [{"mall_id": str(mall.mall_id)} for mall in malls]

    def family(name: str, explanation: str, values: Sequence[float | None]) -> Family:
        return Family(name, explanation, list(map(Sample, labels, values)))

    yield Family(
        "cafe24_mall_info",
        "1 for each mall that Vault lists, with its status.",
        [Sample({"mall_id": one.mall_id, "status": one.status}, 1.0) for one in malls],
    )
    credentials = [mall.credential for mall in malls]
    yield family(
        "cafe24_mall_grade",
        f"The grade of a mall's refresh token: {_GRADES}.",
        [float(one.grade) for one in credentials],
    )
    yield family(
        "cafe24_mall_refresh_token_expiry_timestamp_seconds",
        "When a mall's refresh token ends.",
        [_timestamp(one.expires_at) for one in credentials],
    )
    yield family(
        "cafe24_mall_last_refresh_timestamp_seconds",
        "When a mall's tokens were granted.",
        [_timestamp(one.issued_at) for one in credentials],
    )
    yield family(
        "cafe24_mall_last_sync_timestamp_seconds",
        "When a mall's last sync ended, well or not.",
        [_timestamp(mall.last_sync_at) for mall in malls],
    )
    yield family(
        "cafe24_mall_last_sync_success",
        "Whether a mall's last sync proved its tables equal to the mall: 1 or 0.",
        [None if one.last_sync is None else float(one.last_sync == "synced") for one in malls],
    )
    yield family(
        "cafe24_mall_products",
        "The products that the database holds of a mall, deleted ones left out.",
        [None if mall.rows is None else float(mall.rows) for mall in malls],
    )
    yield family(
        "cafe24_mall_next_run_timestamp_seconds",
        "When Prefect plans the next refresh of a mall's tokens.",
        [_timestamp(row["next_run_at"]) for row in report["malls"]],
    )


def _credentials(report: Mapping[str, Any]) -> Iterator[Family]:
    own = report["credentials"]
    yield Family(
        "cafe24_credential_grade",
        f"The last grade of one of our own credentials: {_GRADES}.",
        [Sample({"name": one["name"]}, float(Grade[one["grade"]])) for one in own],
    )
    yield Family(
        "cafe24_credential_expiry_timestamp_seconds",
        "When one of our own credentials ends.",
        [Sample({"name": one["name"]}, _timestamp(one["expires_at"])) for one in own],
    )


def _timestamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _lines(family: Family) -> Iterator[str]:
    """Yield a metric's lines; one without a sample is left out."""
    known = [(one.labels, one.value) for one in family.samples if one.value is not None]
    if not known:
        return
    yield f"# HELP {family.name} {family.explanation}\n"
    yield f"# TYPE {family.name} gauge\n"
    for labels, value in known:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        shown = int(value) if value.is_integer() else value
        yield f"{family.name}{{{told}}} {shown}\n" if told else f"{family.name} {shown}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
