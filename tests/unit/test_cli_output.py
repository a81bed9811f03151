"""One exit code out of many malls' errors."""

import pytest

from cafe24.errors import Cafe24Away, CafeError, Reauthorize, VaultAway
from cli.output import exit_code


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], 0),
        ([VaultAway("a")], 4),
        ([VaultAway("a"), VaultAway("b")], 4),
        ([VaultAway("a"), Cafe24Away("b")], 1),
        ([VaultAway("a"), Reauthorize("b")], 5),
    ],
)
def test_a_persons_duty_comes_first_and_one_kind_speaks_for_itself(
    errors: list[CafeError], code: int
) -> None:
    assert exit_code(errors) == code
