"""One piece of code may call the token endpoint; a second refresher is how tokens die."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cafe24.settings import PROJECT

OURS = ("cafe24", "blocks", "tasks", "flows", "cli")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in OURS:
        for file in (PROJECT / folder).rglob("*.py"):
            yield str(file.relative_to(PROJECT)), ast.parse(file.read_text())


def places_of(text: str) -> set[str]:
    """Return the files in which a text stands that is no docstring."""
    return {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Constant) and text in ast.unparse(node)
        if not (isinstance(node, ast.Constant) and "\n" in str(node.value))
    }


def makers_of(name: str) -> set[str]:
    """Return the files that make an object of this class."""
    return {
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    }


def test_one_place_knows_the_token_endpoints_address() -> None:
    assert places_of("oauth/token") == {"cafe24/tokens/endpoint.py"}


def test_keepers_and_adoptions_alone_get_an_endpoint_and_one_place_opens_them() -> None:
    assert makers_of("TokenEndpoint") == {"cafe24/tokens/configuration.py"}
    assert makers_of("Keeper") == {"cafe24/tokens/configuration.py"}
    assert makers_of("Granter") == {"cafe24/tokens/keeper.py"}


def test_the_search_finds_what_is_there() -> None:
    assert Path("cafe24/tokens/keeper.py").as_posix() in makers_of("Publication")
