"""The settings: names that nobody reads any more, and where each value comes from."""

import os
from collections import defaultdict
from collections.abc import Iterator

from cafe24.checkup.finding import Finding, Patient, ok, warning, wrong
from cafe24.errors import SettingsError
from cafe24.setting_names import LEGACY, legacy_names, sources


def check_names(patient: Patient) -> Iterator[Finding]:
    """Look for names of the old days, which `import` and `doctor` alone pass over."""
    found = list(legacy_names(os.environ, patient.folder))
    for one in found:
        what = f"{one.place}: {one.name} is no setting."
        yield wrong("settings", what, LEGACY[one.name], SettingsError.exit_code)
    if not found:
        yield ok("settings", "no name of the old days")


def check_sources(patient: Patient) -> Iterator[Finding]:
    """Tell where each setting is read from, and which value another one hides."""
    names_at = defaultdict(list)
    for one in sources(patient.settings.names(), os.environ, patient.folder):
        names_at[one.place.partition(" ")[0]].append(one.name)
        if one.hidden:
            yield warning(
                "sources",
                f"{one.name} is read from the {one.place}, which hides another value at "
                f"{one.hidden}.",
                "Delete the one that is wrong.",
            )
    told = "; ".join(f"{place}: {', '.join(names)}" for place, names in sorted(names_at.items()))
    yield ok("sources", f"{told or 'nothing is set'}; the rest is as .env.example says")
