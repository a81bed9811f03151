"""The world that a browser looks at: the sandbox, Prefect with its UI, a worker, some malls.

`python -m tests.browser.stack` prints one JSON line when it is ready, and ends with its
input. A process of its own, because Prefect reads its settings when it is imported.
"""

import contextlib
import json
import sys
from datetime import timedelta

from cafe24.errors import Reauthorize
from cafe24.malls import mall_id
from cafe24.tokens.adoption import Newcomer
from cafe24.tokens.need import FORCED
from demo.sandbox_world import start_sandbox
from demo.stage import Stage, only_these
from demo.telling import Step

LEFT = {
    "samplemall": timedelta(days=13),
    "warnmall": timedelta(days=2.5),
    "lastmall": timedelta(hours=20),
    "deadmall": timedelta(days=9),
}
"""What the malls' refresh tokens have left to live."""

DEAD = "deadmall"
PRODUCTS = 120


def main() -> None:
    """Raise the world, say where it is, and wait until the input ends."""
    with Stage() as stage:
        sandbox = start_sandbox(
            stage, products=None, product_count=PRODUCTS, database_url=None, outside_vault=None
        )
        with only_these(sandbox.environment, stage.home):
            from demo.token_steps import store_app  # noqa: PLC0415 - see above
            from demo.world import raise_world  # noqa: PLC0415

            world = raise_world(stage, sandbox)
            store_app(world, Step("store the app"))
            for name, left in LEFT.items():
                pair = world.mall(name).issue_pair(left)
                newcomer = Newcomer(mall_id(name), world.app["client_id"], pair)
                world.tokens.adoption().adopt(newcomer)
            world.mall(DEAD).revoke()
            with contextlib.suppress(Reauthorize):
                world.tokens.keeper().refresh(mall_id(DEAD), FORCED)
            world.runs.start("check-expiry/six-hourly")
            print(json.dumps(sandbox.urls()), flush=True)  # noqa: T201 - the ready line
            sys.stdin.read()


if __name__ == "__main__":
    main()
