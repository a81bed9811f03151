"""What a person sees while `manage.py sync` runs: a line a shop, on stderr, in a terminal only."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cafe24.products.tables.runs import SyncReport
from cli.sync_table import name_of


class SyncProgress:
    """How far the syncs are that run. Use it as a context; it leaves nothing behind."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._reports: list[SyncReport] = []
        self._live = Live(
            console=self._console, get_renderable=self._shown, refresh_per_second=2, transient=True
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def watch(self, reports: Iterable[SyncReport]) -> None:
        """Show these too, from their start to their end."""
        self._reports.extend(reports)

    def _shown(self) -> Text:
        begun = [one for one in self._reports if one.reading]
        running = (f"{name_of(one)}: {one.progress}" for one in begun if one.finished_at is None)
        return Text("\n".join(running) if begun else "connecting ...")
