"""What the flows tell the world: events that automations and people listen to."""

from prefect.events import emit_event

from cafe24.malls import MallId

Plain = str | int | float | bool | None


def emit_for_mall(event: str, mall: MallId, **payload: Plain) -> None:
    """Emit an event about a mall. The payload is plain and public: counts, names, dates."""
    emit_event(
        event=event,
        resource={"prefect.resource.id": f"cafe24.mall.{mall}", "prefect.resource.name": mall},
        payload=dict(payload),
    )


def emit_alerts_due() -> None:
    """Say that the outbox holds something for Slack."""
    emit_event(
        event="cafe24.alerts.due",
        resource={"prefect.resource.id": "cafe24.alerts", "prefect.resource.name": "outbox"},
    )
