"""The languages alerts are written in."""

from cafe24.alerts.texts import Texts
from cafe24.alerts.texts_en import ENGLISH
from cafe24.alerts.texts_ko import KOREAN
from cafe24.errors import SettingsError

LANGUAGES = {"ko": KOREAN, "en": ENGLISH}


def texts(language: str) -> Texts:
    """Return the texts of CAFE24_LANGUAGE: `ko` or `en`.

    Raises:
        SettingsError: another language.
    """
    if language not in LANGUAGES:
        raise SettingsError(
            f"CAFE24_LANGUAGE is {language[:20]!r}; alerts are written in ko or en.",
            "Set CAFE24_LANGUAGE=ko.",
        )
    return LANGUAGES[language]
