"""A person's hands at Prefect's pages, which lose what is done while they still load.

A page that loads may not hear a click, and may empty a form; a server whose SQLite is locked
answers 503, and has done nothing. A person looks, and does it again. So does this, some times.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Locator, Page, Route, expect
from playwright.sync_api import TimeoutError as NoAnswer

TRIES = 6
SOON_MS = 15_000
"""How long a page may take for what it does by itself; a server may take the whole patience."""


def clicked(thing: Locator, leads_to: Locator) -> None:
    """Click until the page shows what that leads to."""
    for _ in range(TRIES):
        # What came late, came: a second click might undo it.
        if leads_to.is_visible():
            return
        with suppress(NoAnswer):
            thing.click(timeout=SOON_MS)
            leads_to.wait_for(timeout=SOON_MS)
            return
    expect(leads_to).to_be_visible()


def filled(field: Locator, value: str) -> None:
    """Fill a field until the value is still there once the page has loaded."""
    for _ in range(TRIES):
        field.fill(value)
        field.page.wait_for_load_state("networkidle")
        if field.input_value() == value:
            return
    expect(field).to_have_value(value)


def submitted(
    page: Page, order: str, field: Locator, value: str, opener: Locator | None = None
) -> None:
    """Fill the form and press Submit until the server did what was ordered.

    Args:
        page: where the form is.
        order: how the path of the order ends.
        field: the form's field.
        value: what goes into it, and must stand in the order: one that a page sends with
            an emptied form does not reach the server.
        opener: what to click for the field to be there.
    """
    with guarded(page, order, value):
        for _ in range(TRIES):
            if opener:
                clicked(opener, field)
            filled(field, value)
            if is_done_when_pressed(page, order):
                return
    raise AssertionError(f"{order} was never done")


@contextmanager
def guarded(page: Page, order: str, value: str) -> Iterator[None]:
    """Let only orders with this value leave the page."""

    def judge(route: Route) -> None:
        if json.dumps(value) in (route.request.post_data or ""):
            route.fallback()
        else:
            route.abort()

    page.route(f"**/{order}", judge)
    yield
    page.unroute(f"**/{order}")


def is_done_when_pressed(page: Page, order: str) -> bool:
    """Press Submit; tell whether an order left the page and the server did it."""
    with suppress(NoAnswer):
        with page.expect_request(f"**/{order}", timeout=SOON_MS) as ordered:
            # By its key: the notice that the last try failed lies over the button.
            page.get_by_role("button", name="Submit").press("Enter", timeout=SOON_MS)
        answer = ordered.value.response()
        return answer is not None and answer.ok
    return False
