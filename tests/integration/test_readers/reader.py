"""Obeys a test's orders with the Python example: a line of JSON in, a line out."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from examples.python.cafe24_access_token import Cafe24AccessToken, Cafe24TokenError, Place


def main() -> None:
    """Serve until the input ends."""
    tokens = Cafe24AccessToken(Place(**json.loads(sys.stdin.readline())))
    for line in sys.stdin:
        try:
            answer = obeyed(tokens, json.loads(line))
        except Cafe24TokenError as failure:
            answer = {"error": str(failure)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def obeyed(tokens: Cafe24AccessToken, order: dict[str, Any]) -> dict[str, Any]:
    if "call" in order:
        return {"status": tokens.request("GET", order["call"]).status_code}
    with ThreadPoolExecutor(order["get"]) as pool:
        return {"tokens": list(pool.map(lambda _: tokens.get(), range(order["get"])))}


main()
