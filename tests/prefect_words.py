"""What this Prefect takes: its settings' names, and the words of its command line."""

import cyclopts
from prefect.cli._app import _app as prefect_cli
from prefect.settings.legacy import _get_valid_setting_names
from prefect.settings.models.root import Settings as PrefectSettings

SETTINGS = _get_valid_setting_names(PrefectSettings) | {
    "PREFECT_SERVER_ENCRYPTION_KEY",
    "PREFECT_LOGGING_ROOT_LEVEL",
}
"""The two that are named here Prefect reads past its settings: one where it encrypts, the
other over a place in its logging.yml."""


def flaw(words: list[str]) -> str:
    """Return what Prefect's command line has against the words."""
    try:
        prefect_cli.parse_args(words, print_error=False, exit_on_error=False)
    except cyclopts.CycloptsError as refusal:
        return str(refusal)
    return ""
