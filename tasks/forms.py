"""Where Prefect's UI has the form that connects a mall, with the mall filled in."""

import json
from collections.abc import Callable
from urllib.parse import quote

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings

from blocks.prefect_api import prefect_errors

AUTHORIZE = "authorize-mall/by-hand"


async def consent_forms() -> Callable[[str], str | None]:
    """Return what gives a mall's form; without a UI or the deployment there is none."""
    ui_url = get_current_settings().ui_url
    with prefect_errors():
        async with get_client() as client:
            try:
                deployment = await client.read_deployment_by_name(AUTHORIZE)
            except ObjectNotFound:
                return lambda _mall_id: None

    def form(mall_id: str) -> str | None:
        filled = quote(json.dumps({"mall_id": mall_id}))
        return (
            f"{ui_url}/deployments/deployment/{deployment.id}/run?parameters={filled}"
            if ui_url
            else None
        )

    return form
