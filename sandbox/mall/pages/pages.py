"""Renders the pages; everything that is put into one is escaped."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jinja2
from starlette.responses import HTMLResponse, Response

_TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, status: int = HTTPStatus.OK, **facts: Any) -> Response:
    """Return the template, filled in, as a page that may load nothing from elsewhere."""
    text = _templates().get_template(template).render(facts)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return HTMLResponse(text, status, {"Content-Security-Policy": policy})


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
