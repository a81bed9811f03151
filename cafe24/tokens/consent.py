"""The consent of a mall's principal operator: the link that asks, the redirect that answers.

Source: Cafe24's guide to authorization codes. The code lives one minute and
works once; redirect_uri must equal a registered one exactly; PKCE is optional
there and always used here.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from cafe24.commands import MANAGE
from cafe24.errors import ConsentRefused, NeedsPerson
from cafe24.malls import MallId, api_url
from cafe24.secret import Secret, Unshown
from cafe24.tokens.document import AppDocument

VERIFIER_BYTES = 48

_EXPLANATIONS = {
    "access_denied": "Only the mall's principal operator (대표운영자) can consent.",
    "invalid_scope": "Register the app's scopes in Cafe24 Developers, all of them.",
    "invalid_request": "Register the app's redirect_uri in Cafe24 Developers, letter by letter.",
}


@dataclass(frozen=True, slots=True)
class Consent:
    """One request for consent; its state and verifier never leave this process."""

    mall_id: MallId
    link: str
    state: Secret = field(repr=False)
    verifier: Secret = field(repr=False)

    def code(self, redirected_to: Secret) -> Secret:
        """Return the authorization code out of the address the browser was sent to.

        Raises:
            ConsentRefused: an error, another request's state, or no code in it.
        """
        answer = _query(redirected_to)
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.reveal().encode()):
            raise ConsentRefused(
                "This address does not answer this link: its state is another one.",
                "Open the newest link and paste the address it ends at, whole.",
            )
        if "error" in answer:
            raise ConsentRefused(
                f"The consent was refused: {answer['error'][:60]}.",
                _EXPLANATIONS.get(answer["error"], answer.get("error_description", "")[:200]),
            )
        if not answer.get("code"):
            raise ConsentRefused(
                "There is no code in this address.",
                "Paste the whole address that the browser ended at, after allowing the app.",
            )
        return Secret(answer["code"])


def ask_consent(api_url_template: str, mall: MallId, app: AppDocument) -> Consent:
    """Return a fresh request with its own random state and PKCE verifier.

    Raises:
        NeedsPerson: the app was stored without a redirect_uri or scopes.
    """
    if not app.redirect_uri or not app.scopes:
        raise NeedsPerson(
            f"The app {app.client_id} in Vault has no redirect_uri or no scopes.",
            f"Store them: {MANAGE} app {app.client_id} --redirect-uri U --scopes S",
        )
    state = secrets.token_urlsafe(24)
    verifier = secrets.token_urlsafe(VERIFIER_BYTES)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = urlencode(
        {
            "response_type": "code",
            "client_id": app.client_id,
            "state": state,
            "redirect_uri": app.redirect_uri,
            "scope": " ".join(app.scopes),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
    )
    link = f"{api_url(api_url_template, mall)}/api/v2/oauth/authorize?{query}"
    return Consent(mall, link, Secret(state), Secret(verifier))


def _query(address: Secret) -> Unshown:
    """Return what the address says, each name's first value."""
    try:
        query = parse_qs(urlsplit(address.reveal().strip()).query)
    except ValueError:
        return Unshown()
    return Unshown((name, values[0]) for name, values in query.items())
