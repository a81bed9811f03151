"""What a grant gives: an access token and the refresh token that ends with its use.

Source of the shapes and lifetimes: Cafe24's token guide (absolute times, no
`expires_in`; access tokens 2 hours, refresh tokens 14 days, `shop_no` as text).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cafe24.malls import MallId
from cafe24.secret import Secret

ACCESS_LIFETIME = timedelta(hours=2)
REFRESH_LIFETIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Grant:
    """Which grant a token came from: `generation` counts within a `lineage`."""

    lineage: str
    generation: int


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token as readers get it; times are aware UTC."""

    mall_id: MallId
    value: Secret
    expires_at: datetime
    grant: Grant


@dataclass(frozen=True, slots=True)
class TokenPair:
    """A whole pair as a grant gave it; times are aware UTC in Vault's clock."""

    access_token: Secret
    access_expires_at: datetime
    refresh_token: Secret
    refresh_expires_at: datetime
    issued_at: datetime
    scopes: tuple[str, ...]
