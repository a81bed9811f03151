"""The table of the last grades: one row a credential, all of a check or none."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from cafe24.malls import MallId
from cafe24.tokens.graded import Grade, GradedCredential, store_grades, stored_grades

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def graded(mall: str, grade: Grade, reason: str = "") -> GradedCredential:
    ends = NOW + timedelta(days=9)
    return GradedCredential(f"mall:{mall}", grade, ends, NOW, MallId(mall), NOW, 3, reason=reason)


def test_a_check_keeps_every_grade_and_the_next_one_takes_its_place(engine: Engine) -> None:
    store_grades(engine, [graded("inventedb", Grade.ok), graded("inventeda", Grade.ok)])
    store_grades(engine, [graded("inventedb", Grade.overdue, "the planned refresh did not happen")])
    first, second = stored_grades(engine)
    assert (first.name, first.grade, first.expires_at) == (
        "mall:inventeda",
        "ok",
        NOW + timedelta(days=9),
    )
    assert (second.grade, second.reason) == ("overdue", "the planned refresh did not happen")
    assert (second.mall_id, second.generation, second.issued_at) == ("inventedb", 3, NOW)


def test_what_is_not_known_any_more_is_not_kept(engine: Engine) -> None:
    store_grades(engine, [graded("inventeda", Grade.ok)])
    unseen = GradedCredential("mall:inventeda", Grade.warning, None, NOW, MallId("inventeda"))
    store_grades(engine, [unseen])
    [row] = stored_grades(engine)
    assert (row.expires_at, row.issued_at, row.generation) == (None, None, None)


def test_no_grade_changes_nothing(engine: Engine) -> None:
    store_grades(engine, [])
    assert stored_grades(engine) == []
