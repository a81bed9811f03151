"""`manage.py import`: a pair from elsewhere comes in whole, dated, and says what it replaces."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.test_keeper_commands.desk import INTENT, Desk

HOUR = timedelta(hours=1)


def env_lines(answer: dict[str, str]) -> str:
    return (
        "# the shop's old file\nDATABASE_URL=postgres://elsewhere\n"
        f"export CAFE24_ACCESS_TOKEN='{answer['access_token']}'\n"
        f"CAFE24_REFRESH_TOKEN={answer['refresh_token']}\n"
        f"CAFE24_TOKEN_EXPIRES_AT={answer['expires_at']}\n"
        f"CAFE24_CLIENT_ID={answer['client_id']}\n"
    )


def test_cafe24s_own_answer_comes_in_from_a_file(empty_desk: Desk, tmp_path: Path) -> None:
    answer = empty_desk.answer(HOUR)
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer))
    said = empty_desk.run(f"import MALL {file} --json")
    assert (said.json["outcome"], said.json["status"]) == ("imported", "active")
    assert said.json["generation"] == 1
    assert said.json["replaced_generation"] is None
    assert said.err.startswith("First stop whatever refreshed this mall until now")
    document = empty_desk.document
    assert document.refresh_token.reveal() == answer["refresh_token"]
    # Cafe24's times have no offset and are Korean.
    assert document.issued_at == datetime.fromisoformat(f"{answer['issued_at']}+09:00")
    assert document.refresh_expires_at - document.issued_at == timedelta(days=14)
    assert empty_desk.metadata.custom["status"] == "active"
    for token in (answer["access_token"], answer["refresh_token"]):
        assert token not in said.out + said.err


def test_env_lines_come_in_on_stdin_and_wait_to_be_proved(empty_desk: Desk) -> None:
    lines = env_lines(empty_desk.answer(3 * HOUR))
    said = empty_desk.run("import MALL - --json", stdin=lines)
    assert said.json["status"] == "unproven"
    refreshed = empty_desk.run("refresh MALL --json").json["malls"][0]
    assert (refreshed["outcome"], refreshed["generation"]) == ("refreshed", 2)
    assert empty_desk.document.status == "active"


def test_a_pair_is_proved_at_once_where_that_is_asked_for(empty_desk: Desk) -> None:
    answer = json.dumps(empty_desk.answer(HOUR))
    said = empty_desk.run("import MALL --refresh --json", stdin=answer)
    assert (said.json["outcome"], said.json["status"]) == ("refreshed", "active")
    assert said.json["generation"] == empty_desk.document.generation == 2
    assert empty_desk.is_live(empty_desk.document.refresh_token)


def test_a_spent_pair_is_found_out_where_proof_is_asked_for(empty_desk: Desk) -> None:
    answer = empty_desk.answer(HOUR)
    empty_desk.malls.post(
        f"/__sandbox__/malls/{empty_desk.mall}/revoke", json={"what": "all"}
    ).raise_for_status()
    said = empty_desk.run("import MALL --refresh", stdin=json.dumps(answer), code=5)
    assert "authorize" in said.err
    assert empty_desk.document.status == "reauthorize"


def test_names_of_the_old_days_do_not_stop_it(empty_desk: Desk) -> None:
    empty_desk.monkeypatch.setenv("CAFE24_REFRESH_TOKEN", "invented")
    empty_desk.monkeypatch.setenv("MALL_ID", "invented")
    empty_desk.refused("pause MALL", 3, "is no setting")
    empty_desk.run("import MALL", stdin=json.dumps(empty_desk.answer()))


def test_what_it_replaces_is_said_with_the_way_back(desk: Desk) -> None:
    before = desk.stored
    said = desk.run("import MALL --json", stdin=json.dumps(desk.answer()))
    assert "It replaces generation 1" in said.err
    assert f"vault kv rollback -mount=secret -version={before.version}" in said.err
    assert said.json["generation"] == 2
    assert desk.document.lineage != before.document.lineage


def test_an_older_pair_over_a_newer_one_is_said(desk: Desk) -> None:
    said = desk.run("import MALL", stdin=json.dumps(desk.answer(timedelta(days=3))))
    assert "is the newer" in said.err


def test_the_same_pair_twice_is_once(empty_desk: Desk) -> None:
    answer = json.dumps(empty_desk.answer())
    empty_desk.run("import MALL", stdin=answer)
    version = empty_desk.stored.version
    said = empty_desk.run("import MALL --json", stdin=answer)
    assert (said.json["outcome"], said.json["replaced_generation"]) == ("held", None)
    assert empty_desk.stored.version == version
    empty_desk.monkeypatch.setenv("CAFE24_ENVIRONMENT", "staging")
    empty_desk.refused("import MALL", 4, "environment 'prod'", stdin=answer)


def test_it_does_not_come_between_somebody_who_is_refreshing(desk: Desk) -> None:
    desk.change(intent=INTENT)
    desk.refused("import MALL", 1, "Somebody else is refreshing", stdin=json.dumps(desk.answer()))


def test_another_environments_mall_is_left_alone(desk: Desk) -> None:
    desk.change(environment="staging")
    desk.refused("import MALL", 4, "environment 'staging'", stdin=json.dumps(desk.answer()))


def test_another_malls_pair_is_refused(desk: Desk) -> None:
    foreign = {**desk.answer(), "mall_id": "othermall"}
    desk.refused("import MALL", 2, "'othermall'", stdin=json.dumps(foreign))


@pytest.mark.parametrize(
    ("words", "text", "code", "said"),
    [
        ("import MALL /nowhere/x.json", "", 2, "/nowhere/x.json cannot be read"),
        ("import MALL", "", 2, "No refresh token"),
        ("import MALL", '{"refresh_token": ', 2, "not JSON"),
        ("import MALL", '{"refresh_token": "x", "client_id": "nosuchapp"}', 5, "no app nosuchapp"),
        (
            "import MALL --client-id other",
            '{"refresh_token": "x", "client_id": "one"}',
            2,
            "not of other",
        ),
        (
            "import MALL",
            '{"refresh_token": "x", "refresh_token_expires_at": "2020-01-01T00:00:00"}',
            5,
            "ended at 2019-12-31T15:00:00Z",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused(
    empty_desk: Desk, words: str, text: str, code: int, said: str
) -> None:
    empty_desk.refused(words, code, said, stdin=text)
