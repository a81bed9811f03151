"""The page shows messages as Slack does, and nothing in them can act on it."""

from typing import Any

import httpx
import pytest

from sandbox.slack.mrkdwn import mrkdwn_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <s>no</s>"),
        ("2 * 3 * 4, snake_case_name", "2 * 3 * 4, snake_case_name"),
        ("`*raw*`", "<code>*raw*</code>"),
        ("```\na < b\n```", "<pre>a &lt; b</pre>"),
        (
            "<https://a.example/?x=1&amp;y=2|see>",
            '<a href="https://a.example/?x=1&amp;y=2">see</a>',
        ),
        ("<!here>", '<span class="mention">@here</span>'),
        ("&lt;b&gt; &amp; <b>", "&lt;b&gt; &amp; &lt;b&gt;"),
        ("&gt; quoted\nafter", "<blockquote>quoted</blockquote>after"),
        (":tada: :not_an_emoji:", "🎉 :not_an_emoji:"),
        ("<!date^1795473354^{date_num} {time}|then>", "2026-11-24 07:35"),
        ("<!date^soon^{date_num}|then>", "then"),
        ("one\ntwo", "one<br>two"),
    ],
)
def test_mrkdwn_is_shown_as_slack_shows_it(text: str, html: str) -> None:
    assert str(mrkdwn_html(text)) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<javascript:alert(1)|"><img src=x onerror=alert(1)>>',
        '<https://a.example/"onmouseover="alert(1)|x>',
        "```<script>```",
        "`<img src=x>`",
        "<@<script>>",
        "\x000\x00<script>",
    ],
)
def test_no_text_becomes_a_tag_of_its_own(text: str) -> None:
    html = str(mrkdwn_html(text))
    assert "<script" not in html
    assert "<img" not in html
    assert '"onmouseover' not in html
    assert 'href="javascript' not in html


def test_the_page_shows_every_kind_of_block(web: httpx.Client, slack: dict[str, Any]) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "머리글 🔴"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*본문*"},
            "fields": [{"type": "mrkdwn", "text": "*몰*\nsamplemall"}],
            "accessory": button,
        },
        {"type": "divider"},
        {"type": "actions", "elements": [{**button, "url": "https://a.example/run"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "작은 글씨"}]},
        {"type": "rich_text", "elements": [{"type": "<b>"}]},
    ]
    web.post(slack["webhook_url"], json={"text": "x", "blocks": blocks}).raise_for_status()
    page = web.get(slack["url"]).raise_for_status().text
    for part in (
        '<h3>머리글 <i class="dot red">🔴</i></h3>',
        "<strong>본문</strong>",
        "<strong>몰</strong><br>samplemall",
        'href="https://a.example/run"',
        "작은 글씨",
        "<hr>",
    ):
        assert part in page


def test_an_edited_message_is_marked_and_each_channel_has_its_page(
    web: httpx.Client, slack: dict[str, Any]
) -> None:
    posted = web.post(
        f"{slack['api_url']}chat.postMessage", json={"channel": "alerts", "text": "first words"}
    ).json()
    web.post(
        f"{slack['api_url']}chat.update",
        json={"channel": posted["channel"], "ts": posted["ts"], "text": "second words"},
    )
    here = web.get(f"{slack['url']}/messages").text
    assert "second words" in here
    assert "first words" not in here
    assert "(edited " in here
    there = web.get(slack["url"], params={"channel": "alerts-fallback"}).text
    assert "No messages in #alerts-fallback yet." in there
    assert web.get(slack["url"], params={"channel": "elsewhere"}).status_code == 404


def test_an_attachment_shows_all_that_it_says(web: httpx.Client, slack: dict[str, Any]) -> None:
    attachment = {
        "pretext": "before it",
        "color": "danger",
        "author_name": "the author",
        "title": "<i>the title</i>",
        "title_link": "javascript:alert(1)",
        "text": "*the text*",
        "fields": [{"title": "field", "value": "its `value`", "short": True}, "no field"],
        "footer": "the footer",
    }
    others = [{"fallback": "only a fallback", "color": 'red" onclick="x'}, {"text": 5}]
    payload = {"attachments": [attachment, *others]}
    web.post(slack["webhook_url"], json=payload).raise_for_status()
    page = web.get(slack["url"]).raise_for_status().text
    for part in (
        "before it",
        "border-color: #e01e5a",
        "the author",
        '<a class="title" href="#" rel="noreferrer">&lt;i&gt;the title&lt;/i&gt;</a>',
        "<strong>the text</strong>",
        "<b>field</b><br>its <code>value</code>",
        "the footer",
        "only a fallback",
        '<div class="text">5</div>',
    ):
        assert part in page
    assert "onclick" not in page


def test_half_a_character_is_kept_as_a_question_mark(
    web: httpx.Client, slack: dict[str, Any]
) -> None:
    headers = {"content-type": "application/json"}
    half = rb'{"text": "half \ud83d, whole \ud83d\udd34"}'
    web.post(slack["webhook_url"], content=half, headers=headers).raise_for_status()
    form = {"payload": half.decode()}
    web.post(slack["webhook_url"], data=form).raise_for_status()
    texts = [one["text"] for one in web.get("/messages").json()["messages"]]
    assert texts == ["half ?, whole 🔴"] * 2
    assert "half ?, whole" in web.get(slack["url"]).raise_for_status().text
