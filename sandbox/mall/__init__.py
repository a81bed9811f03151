"""A Cafe24 shopping mall, or ten thousand: OAuth, the Admin API, its limits and its traps."""

from sandbox.mall.command import add_arguments, run

__all__ = ["add_arguments", "run"]
