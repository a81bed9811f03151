"""What several steps look at: how a run ended, what Vault holds, how a mall is graded."""

from cafe24.malls import MallId
from cafe24.tokens.document import MallDocument
from cafe24.tokens.graded import stored_grades
from demo.prefect_runs import Run
from demo.telling import Step
from demo.world import World


def completed(step: Step, run: Run) -> None:
    """Check that the run completed."""
    if run.state != "COMPLETED":
        step.check("the run completes", ended(run), ok=False)


def ended(run: Run) -> str:
    """Return how a run ended, in words."""
    return f"the run {run.name} {run.state.lower()}: {run.message}"


def document(world: World, name: str) -> MallDocument:
    """Return the mall's document in Vault."""
    return world.tokens.store().mall(MallId(name)).document


def stored_grade(world: World, name: str) -> str | None:
    """Return the mall's grade as check-expiry stored it."""
    return {one.mall_id: one.grade for one in stored_grades(world.engine)}.get(name)
