"""Addresses of pages in Prefect's UI; without a UI there are none."""

import json
from collections.abc import Callable
from urllib.parse import quote

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for

from blocks.prefect_api import prefect_errors

AUTHORIZE = "authorize-mall/by-hand"


def run_url() -> str | None:
    """Return the page of the run that asks.

    Not `prefect.runtime.flow_run.ui_url`: it leads to where the page was once.
    """
    return url_for("flow-run", obj_id=flow_run.id)


async def consent_forms() -> Callable[[str], str | None]:
    """Return what gives the form that connects a mall, with the mall filled in."""
    page = await _authorize_page()

    def form(mall_id: str) -> str | None:
        filled = quote(json.dumps({"mall_id": mall_id}))
        return f"{page}/run?parameters={filled}" if page else None

    return form


async def _authorize_page() -> str | None:
    with prefect_errors():
        async with get_client() as client:
            try:
                deployment = await client.read_deployment_by_name(AUTHORIZE)
            except ObjectNotFound:
                return None
    return url_for("deployment", obj_id=deployment.id)
