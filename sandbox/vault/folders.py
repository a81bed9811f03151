"""Listing keys as folders: what follows a prefix, up to the next slash."""

from collections.abc import Iterable

from sandbox.vault.wire.answers import Answer, not_found


def list_folder(keys: Iterable[str], folder: str) -> Answer:
    """Return the names in a folder in byte order; folders end in a slash.

    Raises:
        Refusal: 404, when there are none, as for a leaf.
    """
    names = set()
    for key in keys:
        if key.startswith(folder) and key != folder:
            name, slash, _ = key[len(folder) :].partition("/")
            names.add(name + slash)
    if not names:
        raise not_found()
    return Answer({"keys": sorted(names, key=str.encode)})
