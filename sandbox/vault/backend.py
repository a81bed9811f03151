"""What can be mounted: a backend with routes of its own."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from sandbox.vault.wire.answers import Answer, Refusal, counted
from sandbox.vault.wire.request import Operation, Request

Handler = TypeVar("Handler", bound=Callable[..., Answer])


class Routes:
    """The paths of one backend: regular expressions that begin with a literal segment."""

    def __init__(self, *parts: "Routes") -> None:
        self.by_head: dict[str, list[tuple[re.Pattern[str], dict[Operation, Any]]]] = {}
        for part in parts:
            for head, routes in part.by_head.items():
                self.by_head.setdefault(head, []).extend(routes)

    def on(self, path: str, *operations: Operation) -> Callable[[Handler], Handler]:
        """Register the decorated method; named groups become its keyword arguments."""

        def register(handler: Handler) -> Handler:
            handlers = self._handlers(path)
            handlers.update(dict.fromkeys(operations, handler))
            if Operation.UPDATE in operations:
                handlers[Operation.CREATE] = handler
            return handler

        return register

    def find(self, operation: Operation, path: str) -> tuple[Callable[..., Answer], dict[str, str]]:
        """Return the handler and its arguments.

        Raises:
            Refusal: 404 where there is no such path, 405 where it knows no such operation.
        """
        for pattern, handlers in self.by_head.get(path.partition("/")[0], ()):
            if match := pattern.fullmatch(path):
                if operation not in handlers:
                    raise Refusal(405, counted("unsupported operation"))
                return handlers[operation], match.groupdict()
        raise Refusal(404, counted("unsupported path"))

    def _handlers(self, path: str) -> dict[Operation, Any]:
        routes = self.by_head.setdefault(path.partition("/")[0], [])
        for pattern, handlers in routes:
            if pattern.pattern == path:
                return handlers
        routes.append((re.compile(path), {}))
        return routes[-1][1]


class Backend:
    """Something mounted; paths are relative to the mount."""

    routes: ClassVar[Routes]

    def handle(self, request: Request, path: str) -> Answer:
        """Do what the request asks."""
        handler, arguments = self.routes.find(request.operation, path)
        return handler(self, request, **arguments)

    def exists(self, request: Request, path: str) -> bool:  # noqa: ARG002 - for those that look
        """Tell whether a write changes something; False makes it a create."""
        return True

    def is_open(self, path: str) -> bool:  # noqa: ARG002 - for those that have open paths
        """Tell whether the path needs no token."""
        return False

    def needs_sudo(self, path: str) -> bool:  # noqa: ARG002 - for those that guard paths
        """Tell whether the path needs the sudo capability."""
        return False
