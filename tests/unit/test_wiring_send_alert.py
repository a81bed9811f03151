"""Nothing in an event can change what Slack is told: send-alert takes nothing from one."""

import inspect
from pathlib import Path

import yaml

from flows.send_alert import send_alert

AUTOMATIONS = Path(__file__).parents[2] / "automations.yaml"


def test_the_flow_has_no_parameter_that_a_payload_could_fill() -> None:
    assert not inspect.signature(send_alert.fn).parameters


def test_the_automation_hands_nothing_of_the_event_on() -> None:
    automations = yaml.safe_load(AUTOMATIONS.read_text(encoding="utf-8"))["automations"]
    [action] = [
        action
        for one in automations
        for action in one["actions"]
        if action.get("deployment") == "send-alert/on-event"
    ]
    assert set(action) == {"type", "deployment"}
