"""The malls' own hosts: each answers as Cafe24 does, and its clock is near ours."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from cafe24.api.presence import WITHOUT_TOKEN, presence
from cafe24.checkup.finding import Finding, Patient, ok, warning
from cafe24.errors import CafeError
from cafe24.malls import MallId, trusted_api_url
from cafe24.tokens.document import AppDocument
from cafe24.tokens.remarks import MOST_SKEW
from cafe24.tokens.store import Stored

AT_ONCE = 16
SHOWN = 3


def check_mall_hosts(patient: Patient) -> Iterator[Finding]:
    """Ask every mall's host, many at once; malls with one trouble share a line."""
    urls, flaws = _addresses(patient)
    with ThreadPoolExecutor(AT_ONCE) as asking:
        flaws += [found for found in asking.map(_asked, urls, urls.values()) if found is not None]
    yield from _together(flaws)
    if not flaws:
        yield ok("mall hosts", f"{len(urls)} answer, and their clocks are near this host's")


def _addresses(patient: Patient) -> tuple[dict[MallId, str], list[tuple[MallId, Finding]]]:
    """Return where each mall is; a mall whose token may not be sent there has a flaw instead.

    Malls and apps that cannot be read have lines of their own.
    """
    urls, flaws = {}, []
    for mall, found in patient.malls.items():
        app = patient.apps.get(found.document.client_id) if isinstance(found, Stored) else None
        if not isinstance(app, AppDocument):
            continue
        try:
            urls[mall] = trusted_api_url(patient.settings.api_url, mall, app.api_hosts)
        except CafeError as refusal:
            flaws.append((mall, Finding.of("mall hosts", refusal)))
    return urls, flaws


def _asked(mall: MallId, url: str) -> tuple[MallId, Finding] | None:
    try:
        found = presence(url)
    except CafeError as away:
        return mall, Finding.of("mall hosts", away)
    if not found.is_admin_api:
        return mall, warning(
            "mall hosts",
            f"{found.status} where Cafe24's Admin API answers {WITHOUT_TOKEN} to a call without "
            "a token",
            "Check CAFE24_API_URL, and that no proxy answers in Cafe24's place.",
        )
    now = datetime.now(UTC)
    if found.answered_at is not None and abs(found.answered_at - now) > MOST_SKEW:
        return mall, warning(
            "mall clocks",
            f"more than {MOST_SKEW.total_seconds():.0f} s from this host's clock",
            "Set this host's clock by NTP; Cafe24's own is right.",
        )
    return None


def _together(flaws: Sequence[tuple[MallId, Finding]]) -> Iterator[Finding]:
    malls_of = defaultdict(list)
    for mall, flaw in flaws:
        malls_of[flaw].append(mall)
    for flaw, malls in malls_of.items():
        more = f" and {len(malls) - SHOWN} more" if len(malls) > SHOWN else ""
        yield replace(flaw, what=f"{', '.join(malls[:SHOWN])}{more}: {flaw.what}")
