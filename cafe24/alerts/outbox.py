"""Tells Slack what is due: one message an incident, a digest instead of a flood.

A line is never lost; it can be doubled only when the sender dies between sending
and recording, and where the channel can be asked, not even then.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cafe24.alerts import outbox_lines
from cafe24.alerts.channel import Receipt, SlackChannel, SlackMessage
from cafe24.alerts.messages import Writer
from cafe24.alerts.outbox_lines import Due
from cafe24.errors import MessageRefused, SlackAway, SlackRefused

DIGEST_OVER = 10
DIGEST_SIZE = 100
# Slack takes about one message a second in a channel.
PAUSE_S = 1.0
# Slack's clock and ours may differ when sent messages are looked up.
CLOCK_MARGIN = timedelta(minutes=5)


@dataclass
class DrainReport:
    """What became of the outbox.

    Attributes:
        sent: lines that Slack has now, including those found there from an earlier try.
        failed: lines that every channel refused; they stay in the outbox.
        waiting: lines left in the outbox, the failed ones included.
        error: why the run cannot be called good: a channel refused, even when the next
            one took the message, or Slack is away. The caller raises it.
        dead: the channels that would refuse any message, each with its last word.
    """

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    error: SlackRefused | SlackAway | None = None
    dead: dict[str, SlackRefused] = field(default_factory=dict)

    def followed_by(self, later: "DrainReport") -> "DrainReport":
        """Return what two runs over the outbox came to, one after the other."""
        return DrainReport(
            sent=self.sent + later.sent,
            failed=later.failed,
            waiting=later.waiting,
            error=self.error or later.error,
            dead=self.dead | later.dead,
        )


def drain(
    engine: Engine,
    channels: Sequence[SlackChannel],
    writer: Writer,
    now: datetime,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> DrainReport:
    """Send all lines that are due, each through the first channel that takes it.

    Stops at the first `SlackAway`: what is left stays due for the next run.

    Raises:
        DatabaseAway, DatabaseUnusable: the outbox cannot be read or written.
    """
    sender = _Sender(engine, channels, writer, now, pause)
    try:
        for index, batch in enumerate(_batches(sender.found())):
            if index:
                pause(PAUSE_S)
            sender.tell(batch)
    except SlackAway as away:
        sender.report.error = away
    sender.report.waiting = outbox_lines.waiting(engine)
    return sender.report


def _batches(found: Sequence[Due]) -> Iterator[Sequence[Due]]:
    """Yield incidents one by one, or many at a time when there are many, like beside like."""
    if len(found) <= DIGEST_OVER:
        yield from ([one] for one in found)
        return
    by_kind = sorted(found, key=lambda one: (one.is_mild, one.news.incident.kind, one.news.purpose))
    for start in range(0, len(by_kind), DIGEST_SIZE):
        yield by_kind[start : start + DIGEST_SIZE]


@dataclass
class _Sender:
    """One run over the outbox."""

    engine: Engine
    channels: Sequence[SlackChannel]
    writer: Writer
    now: datetime
    pause: Callable[[float], None]
    report: DrainReport = field(default_factory=DrainReport)

    def found(self) -> list[Due]:
        """Return what is due and not in Slack yet."""
        found = outbox_lines.due(self.engine, self.now)
        tried_since = min((one.tried_since for one in found if one.tried_since), default=None)
        if tried_since is None:
            return found
        for channel in self.channels:
            known = channel.delivered(tried_since - CLOCK_MARGIN)
            for line in {line for one in found for line in one.news.message_ids} & set(known):
                self._record([line], known[line])
            found = _without(found, set(known))
        return found

    def tell(self, batch: Sequence[Due]) -> None:
        """Claim, write, send and record one batch."""
        asked = {line for one in batch for line in one.news.message_ids}
        claimed = outbox_lines.claim(self.engine, asked, self.now)
        mine = _without(batch, asked - claimed)
        left = set(claimed)
        try:
            for index, (part, message) in enumerate(self._parts(mine)):
                if index:
                    self.pause(PAUSE_S)
                self._send(part, message)
                left -= set(message.message_ids)
        except SlackAway as away:
            outbox_lines.give_back(self.engine, left, self.now, str(away))
            raise

    def _parts(self, mine: Sequence[Due]) -> Iterator[tuple[Sequence[Due], SlackMessage]]:
        """Yield messages with what they tell; what Slack would find too long is halved."""
        if not mine:
            return
        message = self._written(mine)
        if message.fits or len(mine) == 1:
            yield mine, message
            return
        half = len(mine) // 2
        yield from self._parts(mine[:half])
        yield from self._parts(mine[half:])

    def _send(self, part: Sequence[Due], message: SlackMessage) -> None:
        receipt = self._delivered(message, _earlier(part))
        if receipt is None:
            error = str(self.report.error)
            outbox_lines.give_back(self.engine, message.message_ids, self.now, error)
            self.report.failed += len(message.message_ids)
        else:
            # A digest belongs to no incident alone, so none may later overwrite it.
            alone = receipt if len(part) == 1 else Receipt(receipt.channel)
            self._record(message.message_ids, alone)

    def _written(self, mine: Sequence[Due]) -> SlackMessage:
        if len(mine) == 1:
            return self.writer.alert(mine[0].news, self.now)
        return self.writer.digest([one.news for one in mine], self.now)

    def _delivered(self, message: SlackMessage, earlier: Receipt | None) -> Receipt | None:
        """Send through the first channel that takes it; None when all refuse."""
        for channel in self.channels:
            try:
                return channel.deliver(message, earlier)
            except SlackRefused as refusal:
                self.report.error = self.report.error or refusal
                if not isinstance(refusal, MessageRefused):
                    self.report.dead[channel.name] = refusal
        return None

    def _record(self, lines: Collection[int], receipt: Receipt) -> None:
        outbox_lines.record(self.engine, lines, receipt, self.now)
        self.report.sent += len(lines)


def _earlier(mine: Sequence[Due]) -> Receipt | None:
    return mine[0].earlier if len(mine) == 1 else None


def _without(found: Sequence[Due], lines: Collection[int]) -> list[Due]:
    """Return what is due less these lines."""
    rest = [(one, tuple(n for n in one.news.message_ids if n not in lines)) for one in found]
    return [replace(one, news=replace(one.news, message_ids=left)) for one, left in rest if left]
