"""The policies of deploy/policies, each asked for what it allows and for what it forbids."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
MALL = "samplemall"

Ask = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """A mount with documents under the project's prefix and under another."""

    mount: str
    prefix: str

    def rules(self, *names: str) -> str:
        """Return the policies as an operator writes them for this mount and prefix."""
        texts = [(POLICIES / f"{name}.hcl").read_text(encoding="utf-8") for name in names]
        own = "\n".join(texts).replace("secret/", f"{self.mount}/")
        return own.replace("/cafe24/", f"/{self.prefix}/").replace("MALL", MALL)

    def path(self, part: str, name: str, prefix: str | None = None) -> str:
        return f"{self.mount}/{part}/{prefix or self.prefix}/{name}"


@pytest.fixture
def place(http: httpx.Client, mount: str) -> Iterator[Place]:
    place = Place(mount, f"p{secrets.token_hex(4)}")
    names = ("malls/samplemall", "malls/othermall", "access/samplemall", "access/othermall")
    paths = [place.path("data", name) for name in (*names, "keys/spill", "apps/inventedapp")]
    paths += [place.path("data", "malls/samplemall", f"{place.prefix}-other")]
    for path in paths:
        http.post(path, json={"data": {"invented": "x"}}).raise_for_status()
    yield place
    for path in paths:
        http.delete(path.replace("/data/", "/metadata/", 1)).raise_for_status()


@pytest.fixture
def holder(
    connect: Callable[[str], httpx.Client], grant: Callable[[str], str], place: Place
) -> Callable[..., Callable[[str, str], int]]:
    """Return who holds these policies: asked for a method and a path, it tells the status."""

    def holder(*names: str) -> Callable[[str, str], int]:
        client = connect(grant(place.rules(*names)))

        def ask(method: str, path: str) -> int:
            body = _BODIES[path.split("/")[1]] if method in {"POST", "PATCH"} else None
            return client.request(method, path, json=body).status_code

        return ask

    return holder


_BODIES: dict[str, object] = {
    "data": {"data": {"invented": "y"}},
    "metadata": {"max_versions": 200},
    "delete": {"versions": [1]},
    "undelete": {"versions": [1]},
    "destroy": {"versions": [1]},
    "config": {"max_versions": 1},
    "policies": {"policy": 'path "x" { capabilities = ["read"] }'},
    "token": {"policies": ["root"]},
}

DESTROYING = [
    ("DELETE", "data", "malls/samplemall"),
    ("DELETE", "metadata", "malls/samplemall"),
    ("POST", "destroy", "malls/samplemall"),
    ("DELETE", "metadata", "keys/spill"),
    ("POST", "destroy", "keys/spill"),
]
DELETING = [
    ("POST", "delete", "malls/samplemall"),
    ("POST", "undelete", "malls/samplemall"),
    ("POST", "delete", "keys/spill"),
]
ABOVE_IT = [
    ("PUT", "sys/policies/acl/cafe24-test-nobody"),
    ("GET", "sys/mounts"),
    ("POST", "auth/token/create"),
]

Holder = Callable[..., Callable[[str, str], int]]


def test_the_keeper_reads_and_writes_the_projects_documents(holder: Holder, place: Place) -> None:
    ask = holder("keeper")
    for name in ("malls/samplemall", "malls/newmall", "access/samplemall", "keys/spill"):
        assert ask("POST", place.path("data", name)) == 200
        assert ask("GET", place.path("data", name)) == 200
        assert ask("POST", place.path("metadata", name)) == 204
        assert ask("GET", place.path("metadata", name)) == 200
    for folder in ("malls", "apps", "quarantine/"):
        assert ask("LIST", place.path("metadata", folder)) in {200, 404}
    assert ask("GET", "auth/token/lookup-self") == 200


@pytest.mark.parametrize(("method", "part", "name"), [*DESTROYING, *DELETING])
def test_the_keeper_deletes_and_destroys_nothing(
    holder: Holder, place: Place, method: str, part: str, name: str
) -> None:
    assert holder("keeper")(method, place.path(part, name)) == 403


def test_the_keeper_sees_no_other_prefix_and_not_the_mount(holder: Holder, place: Place) -> None:
    ask, other = holder("keeper"), f"{place.prefix}-other"
    for method, part in (("GET", "data"), ("POST", "data"), ("GET", "metadata")):
        assert ask(method, place.path(part, "malls/samplemall", other)) == 403
    assert ask("LIST", f"{place.mount}/metadata/") == 403
    assert ask("GET", f"{place.mount}/config") == 403
    assert ask("POST", f"{place.mount}/config") == 403
    for method, path in ABOVE_IT:
        assert ask(method, path) == 403


def test_the_monitor_sees_malls_and_dates(holder: Holder, place: Place) -> None:
    ask = holder("monitor")
    assert ask("LIST", place.path("metadata", "malls")) == 200
    assert ask("GET", place.path("metadata", "malls/samplemall")) == 200
    assert ask("GET", "auth/token/lookup-self") == 200


@pytest.mark.parametrize(
    ("method", "part", "name"),
    [
        ("GET", "data", "malls/samplemall"),
        ("GET", "subkeys", "malls/samplemall"),
        ("POST", "data", "malls/samplemall"),
        ("POST", "metadata", "malls/samplemall"),
        ("GET", "data", "access/samplemall"),
        ("GET", "metadata", "access/samplemall"),
        ("GET", "data", "keys/spill"),
        ("GET", "metadata", "keys/spill"),
        ("GET", "data", "apps/inventedapp"),
        ("LIST", "metadata", "apps"),
        *DESTROYING,
        *DELETING,
    ],
)
def test_the_monitor_sees_no_token_and_changes_nothing(
    holder: Holder, place: Place, method: str, part: str, name: str
) -> None:
    assert holder("monitor")(method, place.path(part, name)) == 403


def test_a_reader_reads_its_own_malls_access_token(holder: Holder, place: Place) -> None:
    assert holder("reader")("GET", place.path("data", "access/samplemall")) == 200


@pytest.mark.parametrize(
    ("method", "part", "name"),
    [
        ("GET", "data", "access/othermall"),
        ("GET", "data", "access/samplemall2"),
        ("GET", "data", "malls/samplemall"),
        ("GET", "metadata", "malls/samplemall"),
        ("GET", "metadata", "access/samplemall"),
        ("LIST", "metadata", "access"),
        ("POST", "data", "access/samplemall"),
        ("POST", "delete", "access/samplemall"),
        *DESTROYING,
    ],
)
def test_a_reader_does_nothing_else(
    holder: Holder, place: Place, method: str, part: str, name: str
) -> None:
    assert holder("reader")(method, place.path(part, name)) == 403


def test_an_operator_takes_a_mall_out_and_back(holder: Holder, place: Place) -> None:
    ask = holder("keeper", "operator")
    assert ask("POST", place.path("delete", "malls/samplemall")) == 204
    assert ask("GET", place.path("data", "malls/samplemall")) == 404
    assert ask("POST", place.path("undelete", "malls/samplemall")) == 204
    assert ask("GET", place.path("data", "malls/samplemall")) == 200


@pytest.mark.parametrize(
    ("method", "part", "name"), [*DESTROYING, ("POST", "delete", "keys/spill")]
)
def test_an_operator_destroys_nothing_and_deletes_no_key(
    holder: Holder, place: Place, method: str, part: str, name: str
) -> None:
    assert holder("keeper", "operator")(method, place.path(part, name)) == 403


def test_the_files_say_how_they_are_written() -> None:
    for file in POLICIES.glob("*.hcl"):
        command = re.search(r"vault policy write (cafe24-[a-z-]+)", file.read_text("utf-8"))
        assert command is not None
        assert command[1].startswith(f"cafe24-{file.stem}")
        assert f"deploy/policies/{file.name}" in file.read_text("utf-8")
