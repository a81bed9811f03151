"""The sign-in of a command that only looks."""

from cafe24.errors import SettingsError
from cafe24.settings import Settings
from cafe24.tokens.configuration import TokenConfiguration


def watching(settings: Settings) -> TokenConfiguration:
    """Return the monitor's sign-in, which sees no token; the keeper's where there is none.

    Raises:
        SettingsError: there is neither.
    """
    try:
        return settings.monitor_tokens()
    except SettingsError:
        return settings.keeper_tokens()
