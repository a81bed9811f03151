"""Prefect's UI as a person uses it: a form that starts a sync, a form that takes a consent,
artifacts that answer by looking. The screenshots are there to be looked at.
"""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.eyes import Eyes, Scheme
from tests.browser.hands import clicked, filled, submitted
from tests.browser.stack import DEAD, PRODUCTS
from tests.browser.world import World

SCHEMES: tuple[Scheme, ...] = ("dark", "light")


def test_a_sync_is_started_from_its_form_and_its_report_is_read(stack: World, eyes: Eyes) -> None:
    with eyes.on(f"/deployments/deployment/{stack.deployment('sync-products/daily')}/run") as page:
        add, mall = page.get_by_role("button", name="Add item"), page.locator("textarea").first
        clicked(add, mall)
        filled(mall, "samplemall")
        eyes.keep(page, "sync-form")
        submitted(page, "create_flow_run", mall, "samplemall", opener=add)
        run_id = stack.newest_run("sync-products", mall_ids=["samplemall"])
        stack.ended(run_id)
        page.goto(f"{eyes.url}/runs/flow-run/{run_id}")
        expect(page.get_by_text("samplemall, auto").first).to_be_visible()
        expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
        listed = page.get_by_text("sync-report-samplemall").last
        clicked(page.get_by_text("Artifacts", exact=True), listed)
        eyes.keep(page, "sync-run")
        clicked(listed, page.get_by_text("Show raw data"))
        expect(page.get_by_text("What the sync of samplemall came to.")).to_be_visible()
        expect(page.get_by_text(str(PRODUCTS), exact=True).first).to_be_visible()
        eyes.keep(page, "sync-report")
    [changes] = stack.artifacts("changes-samplemall-1")
    for scheme in SCHEMES:
        with eyes.on(f"/artifacts/artifact/{changes['id']}", scheme) as page:
            is_drawn(page, f"{PRODUCTS} new")
            eyes.keep(page, f"changes-{scheme}")
    [report] = stack.artifacts("sync-report-samplemall")
    assert f'"is": "stored", "shop 1": {PRODUCTS}' in report["data"]


def test_an_alerts_link_leads_to_the_form_and_the_paused_run_takes_the_consent(
    stack: World, eyes: Eyes
) -> None:
    [alert] = stack.said(DEAD, "|Open the consent form>")
    link = alert.split("|Open the consent form>")[0].rsplit("<", 1)[1]
    with eyes.on(stack.urls["slack"], "light") as page:
        expect(page.get_by_role("link", name="Open the consent form").first).to_be_visible()
        eyes.keep(page, "slack")
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
    form = page.get_by_role("dialog")
    clicked(page.get_by_role("button", name="Resume"), form.get_by_text("대표운영자").first)
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
                if key == "token-life":
                    is_drawn(page, "malls: ")
                eyes.keep(page, f"{key}-{scheme}")
                if key == "token-health":
                    expect(page.get_by_role("columnheader", name="days left")).to_be_visible()
                    expect(page.get_by_text("lastmall")).to_be_visible()
                    dead = page.get_by_role("row").filter(has_text=DEAD).get_by_role("cell")
                    expect(dead).to_contain_text([DEAD, "reauthorize", "", "Cafe24 refused"])
                    expect(dead.nth(2)).to_have_text("")
                if key == "last-incident":
                    expect(page.get_by_role("heading", level=2)).to_contain_text("mall: ")


def is_drawn(page: Page, told: str) -> None:
    """See that the picture which tells this is there in full."""
    picture = page.locator(f"img[alt*='{told}']")
    expect(picture).to_have_js_property("naturalWidth", 720)
