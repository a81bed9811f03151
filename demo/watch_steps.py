"""The steps about watching: schedules that are planned, tokens that are graded."""

from datetime import timedelta

from cafe24.malls import mall_id
from cafe24.tokens.adoption import Newcomer
from demo.looking import completed, stored_grade
from demo.telling import Step
from demo.world import MALL_ID, World

SCHEDULED = (
    "refresh-tokens/weekly",
    "refresh-tokens/keep-warm",
    "sync-products/daily",
    "check-expiry/six-hourly",
)
SHARDS = (
    "refresh-tokens-shard/fan-out",
    "sync-products-shard/fan-out",
    "check-expiry-shard/fan-out",
)
DEPLOYMENTS = (*SCHEDULED, *SHARDS, "authorize-mall/by-hand", "send-alert/on-event")


def check_prefect(world: World, step: Step) -> None:
    """Look whether Prefect has our deployments, plans their runs and has a worker for them."""
    deployed, has_worker = world.runs.deployed(), world.runs.wait_for_worker()
    step.check(
        f"{len(DEPLOYMENTS)} deployments, a worker polls",
        f"{deployed} deployments, {'a' if has_worker else 'no'} worker polls",
        ok=deployed == len(DEPLOYMENTS) and has_worker,
    )
    planless = world.runs.wait_for_plans(SCHEDULED)
    step.check(
        "every schedule has a run planned",
        f"no run planned for {', '.join(planless)}" if planless else "schedules are planned",
        ok=not planless,
    )


def check_healthy(world: World, step: Step) -> None:
    """Run check-expiry: the mall's tokens are ok, and Slack stays silent."""
    completed(step, world.runs.run("check-expiry/six-hourly"))
    grade = stored_grade(world, MALL_ID)
    step.check(f"{MALL_ID} graded ok", f"{MALL_ID} graded {grade}", ok=grade == "ok")
    told = len(world.slack.messages())
    step.check("Slack silent", "Slack silent" if told == 0 else f"{told} in Slack", ok=told == 0)


def check_endings(world: World, step: Step) -> None:
    """Take in two malls whose tokens end soon: both are alerted, then heal by themselves."""
    for name, left in (("warnmall", timedelta(days=2.5)), ("lastmall", timedelta(hours=20))):
        pair = world.mall(name).issue_pair(left)
        newcomer = Newcomer(mall_id(name), world.app["client_id"], pair)
        world.tokens.adoption().adopt(newcomer)
    completed(step, world.runs.run("check-expiry/six-hourly"))
    for name, grade in (("warnmall", "warning"), ("lastmall", "critical")):
        found = stored_grade(world, name)
        told = world.slack.wait_for(name)
        step.check(
            f"{name} {grade} and told in Slack",
            f"{name} {found} and {'told' if told else 'not told'} in Slack",
            ok=found == grade and told is not None,
        )
    healed = all(world.slack.wait_for(name, "recovered") for name in ("warnmall", "lastmall"))
    step.check(
        "both refreshed unasked, Slack hears of it",
        "both refreshed unasked" if healed else "no recovery in Slack",
        ok=healed,
    )
