"""The hands, at a page that loses what is done: a click, a value, an order."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser import hands
from tests.browser.eyes import opened_eyes

FORGETFUL = """
<button id="add">Add item</button><div id="form"></div>
<script>
  let clicks = 0, orders = 0;
  const add = document.querySelector("#add"), form = document.querySelector("#form");
  add.onclick = () => {
    if (++clicks === 1) return;
    form.innerHTML = "<textarea></textarea><button>Submit</button>";
    const [field, submit] = form.children;
    submit.onclick = () => {
      if (++orders === 1) field.value = "";
      fetch("/order", {method: "POST", body: JSON.stringify({mall: field.value})});
    };
  };
</script>
"""


def test_a_click_that_nobody_heard_and_an_order_that_was_emptied_or_refused_are_done_again(
    chromium: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "SOON_MS", 1_000)
    ordered = []

    def serve(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(body=FORGETFUL, content_type="text/html")
            return
        ordered.append(json.loads(route.request.post_data or "")["mall"])
        route.fulfill(status=503 if len(ordered) == 1 else 200)

    with opened_eyes(chromium, "http://forgetful.example", tmp_path) as eyes:
        page = eyes.browser.new_page()
        page.route("http://forgetful.example/**", serve)
        page.goto(eyes.url)
        opener = page.get_by_role("button", name="Add item")
        hands.submitted(page, "order", page.locator("textarea"), "samplemall", opener)
    assert ordered == ["samplemall", "samplemall"]
