"""Prefect's UI as a person uses it: a form that starts a sync, a form that takes a consent,
artifacts that answer by looking. The screenshots are there to be looked at.
"""

import contextlib
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NoAnswer

from tests.browser.eyes import Eyes, Scheme
from tests.browser.stack import DEAD, PRODUCTS
from tests.browser.world import World

TRIES, ANSWER_MS = 5, 10_000
SCHEMES: tuple[Scheme, ...] = ("dark", "light")


def submitted(page: Page, order: str, field: Locator, value: str) -> None:
    """Fill the form and press Submit until the server did what was ordered.

    A page that is still loading empties the form, which then orders nothing; a server
    whose SQLite is locked answers 503, and has done nothing.
    """
    for _ in range(TRIES):
        field.fill(value)
        with contextlib.suppress(NoAnswer):
            with page.expect_response(f"**/{order}", timeout=ANSWER_MS) as answered:
                # By its key: the notice that the last try failed lies over the button.
                page.get_by_role("button", name="Submit").press("Enter")
            if answered.value.ok:
                return
    raise AssertionError(f"{order} was never done")


def test_a_sync_is_started_from_its_form_and_its_report_is_read(stack: World, eyes: Eyes) -> None:
    with eyes.on(f"/deployments/deployment/{stack.deployment('sync-products/daily')}/run") as page:
        page.get_by_role("button", name="Add item").click()
        submitted(page, "create_flow_run", page.locator("textarea"), "samplemall")
        eyes.keep(page, "sync-form")
        run_id = stack.newest_run("sync-products", mall_ids=["samplemall"])
        page.goto(f"{eyes.url}/runs/flow-run/{run_id}")
        expect(page.get_by_text("samplemall, auto").first).to_be_visible()
        expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
        page.get_by_text("Artifacts", exact=True).click()
        eyes.keep(page, "sync-run")
        page.get_by_text("sync-report-samplemall").last.click()
        page.get_by_text("What the sync of samplemall came to.").wait_for()
        expect(page.get_by_text(str(PRODUCTS), exact=True).first).to_be_visible()
        eyes.keep(page, "sync-report")
    [report] = stack.artifacts("sync-report-samplemall")
    assert f'"is": "stored", "shop 1": {PRODUCTS}' in report["data"]


def test_an_alerts_link_leads_to_the_form_and_the_paused_run_takes_the_consent(
    stack: World, eyes: Eyes
) -> None:
    [alert] = stack.said(DEAD, "|Open the consent form>")
    link = alert.split("|Open the consent form>")[0].rsplit("<", 1)[1]
    with eyes.on(link) as page:
        expect(page.locator("textarea").first).to_have_value(DEAD)
        eyes.keep(page, "authorize-form")
        submitted(page, "create_flow_run", page.locator("textarea").first, DEAD)
        run_id = stack.newest_run("authorize-mall", mall_id=DEAD)
        stack.paused(run_id)
        page.goto(f"{eyes.url}/runs/flow-run/{run_id}")
        answer(page, "principal", lambda: eyes.keep(page, "consent-form"))
        run = stack.ended(run_id)
        page.reload()
        expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
        eyes.keep(page, "authorize-run")
    assert run["state"]["message"].startswith(f"{DEAD} is connected; its refresh token lives")
    kept = {"prefix": "paused", "limit": 100}
    inputs = stack.asked("POST", f"/flow_runs/{run_id}/input/filter", kept)
    assert [one["key"] for one in inputs if one["key"].endswith("-response")] == []


def answer(page: Page, operator: str, look: Callable[[], None]) -> None:
    """Follow the form's link, allow the app as this operator, paste where the browser ends."""
    page.get_by_role("button", name="Resume").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text("대표운영자").first).to_be_visible()
    look()
    with page.expect_popup() as opened:
        form.get_by_role("link", name="the consent page").click()
    consent = opened.value
    consent.locator(f"input[value={operator}]").check()
    consent.get_by_role("button", name="Allow").click()
    consent.wait_for_url("https://app.example.com/**")
    submitted(page, "resume", form.locator("textarea"), consent.url)
    expect(form).to_be_hidden()


def test_what_tokens_have_left_is_a_picture_and_a_table_dark_and_light(
    stack: World, eyes: Eyes
) -> None:
    pages = {key: stack.artifacts(key)[0] for key in ("token-life", "token-health")}
    pages["last-incident"] = stack.artifacts("last-incident")[-1]
    for scheme in SCHEMES:
        for key, artifact in pages.items():
            with eyes.on(f"/artifacts/artifact/{artifact['id']}", scheme) as page:
                page.get_by_text("Show raw data").wait_for()
                eyes.keep(page, f"{key}-{scheme}")
                if key == "token-life":
                    picture = page.locator("img[alt*='malls: ']")
                    assert picture.evaluate("image => image.naturalWidth") == 720
                if key == "token-health":
                    expect(page.get_by_role("columnheader", name="days left")).to_be_visible()
                    expect(page.get_by_text("lastmall")).to_be_visible()
                if key == "last-incident":
                    expect(page.get_by_role("heading", level=2)).to_contain_text("mall: ")
