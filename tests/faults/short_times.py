"""The protocol's times, shortened: what takes minutes in a shop takes seconds here.

Called in a process of the bench before it opens a keeper. The order answer < lease <
settle stays, and the code checks it as ever.
"""

from datetime import timedelta
from functools import partial

from cafe24.tokens import answer, configuration, request, standing
from cafe24.tokens.endpoint import TokenEndpoint
from cafe24.tokens.timing import Timing
from cafe24.vault import session

ANSWER_S = 2.0
TIMING = Timing(lease=timedelta(seconds=2.5), settle=timedelta(seconds=3))
VAULT_S = 1.0


def shorten() -> None:
    """Let this process, and what it forks, wait in seconds."""
    session.TIMEOUT_S = (VAULT_S, VAULT_S)
    request.LONGEST_ANSWER_S = 3.0
    answer.DEFAULT_WAIT = timedelta(seconds=1)
    standing.SETTLED_AGAIN_AFTER = (timedelta(seconds=1), timedelta(seconds=2))  # type: ignore[assignment]
    configuration.TokenEndpoint = partial(  # type: ignore[attr-defined,assignment]
        TokenEndpoint, connect_s=1.0, answer_s=ANSWER_S
    )
