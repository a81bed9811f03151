"""AppRole's paths below a role: making, listing, looking up and ending secret_ids."""

import json

from sandbox.vault.approle.roles import Role, RoleTable
from sandbox.vault.approle.secret_id import SecretId
from sandbox.vault.backend import Routes
from sandbox.vault.cidr import check_blocks, covers
from sandbox.vault.folders import list_folder
from sandbox.vault.wire.answers import NO_CONTENT, Answer, Refusal, counted
from sandbox.vault.wire.request import Operation, Request

ROUTES = Routes()
_ROLE = "role/(?P<name>[^/]+)"


@ROUTES.on(f"{_ROLE}/secret-id", Operation.UPDATE)
def make(table: RoleTable, request: Request, name: str) -> Answer:
    """Make a secret_id."""
    role = table.role(name, _no_role(404, name))
    return _keep(role, _secret_id(request, role))


@ROUTES.on(f"{_ROLE}/custom-secret-id", Operation.UPDATE)
def make_custom(table: RoleTable, request: Request, name: str) -> Answer:
    """Make a secret_id of the client's choice."""
    role = table.role(name, _no_role(404, name))
    made = _secret_id(request, role)
    made.secret_id = _named(request, "secret_id")
    if made.secret_id in role.secret_ids:
        taken = "failed to store secret_id: SecretID is already registered"
        raise Refusal(500, counted(taken))
    return _keep(role, made)


@ROUTES.on(f"{_ROLE}/secret-id/", Operation.LIST)
def list_accessors(table: RoleTable, request: Request, name: str) -> Answer:
    """Return the accessors of a role's secret_ids."""
    role = table.role(name, _no_role(400, name))
    live = (held for held in role.secret_ids.values() if not held.has_ended(request.now))
    return list_folder((held.accessor for held in live), "")


@ROUTES.on(f"{_ROLE}/secret-id/lookup", Operation.UPDATE)
def look_up(table: RoleTable, request: Request, name: str) -> Answer:
    """Tell what is known of a secret_id; nothing, when there is none."""
    role = table.role(name, _no_role(400, name))
    held = role.secret_ids.get(_named(request, "secret_id"))
    if held is None or held.has_ended(request.now):
        return NO_CONTENT
    return Answer(held.as_lookup(request.now))


@ROUTES.on(f"{_ROLE}/secret-id/destroy", Operation.UPDATE, Operation.DELETE)
def destroy(table: RoleTable, request: Request, name: str) -> Answer:
    """End a secret_id; one that is not there is no error."""
    role = table.role(name, _no_role(400, name))
    role.secret_ids.pop(_named(request, "secret_id"), None)
    return NO_CONTENT


@ROUTES.on(f"{_ROLE}/secret-id-accessor/lookup", Operation.UPDATE)
def look_up_accessor(table: RoleTable, request: Request, name: str) -> Answer:
    """Tell what is known of a secret_id without naming it."""
    role = table.role(name, _no_role(400, name))
    held = _by_accessor(request, role)
    if held is None:
        return Answer({"error": _unknown(request)}, status=404)
    return Answer(held.as_lookup(request.now))


@ROUTES.on(f"{_ROLE}/secret-id-accessor/destroy", Operation.UPDATE, Operation.DELETE)
def destroy_accessor(table: RoleTable, request: Request, name: str) -> Answer:
    """End a secret_id without naming it."""
    role = table.role(name, _no_role(400, name))
    held = _by_accessor(request, role)
    if held is None:
        raise Refusal(500, counted(_unknown(request)))
    del role.secret_ids[held.secret_id]
    return NO_CONTENT


def _by_accessor(request: Request, role: Role) -> SecretId | None:
    accessor = _named(request, "secret_id_accessor")
    found = (held for held in role.secret_ids.values() if held.accessor == accessor)
    return next((held for held in found if not held.has_ended(request.now)), None)


def _unknown(request: Request) -> str:
    accessor = request.fields.text("secret_id_accessor")
    return f'failed to find accessor entry for secret_id_accessor: "{accessor}"'


def _keep(role: Role, made: SecretId) -> Answer:
    role.secret_ids[made.secret_id] = made
    return Answer(made.as_new())


def _secret_id(request: Request, role: Role) -> SecretId:
    fields = request.fields
    if not role.bind_secret_id:
        raise Refusal(400, "bind_secret_id is not set on the role")
    num_uses = fields.whole("num_uses") if fields.has("num_uses") else role.secret_id_num_uses
    ttl_s = fields.seconds("ttl") if fields.has("ttl") else role.secret_id_ttl
    if role.secret_id_num_uses and not 0 < (num_uses or 0) <= role.secret_id_num_uses:
        raise Refusal(400, "num_uses cannot be higher than the role's secret_id_num_uses")
    if role.secret_id_ttl and not 0 < (ttl_s or 0) <= role.secret_id_ttl:
        raise Refusal(400, "ttl cannot be longer than the role's secret_id_ttl")
    return SecretId(
        request.now,
        ttl_s or 0,
        num_uses or None,
        _metadata(fields.text("metadata")),
        _blocks(fields.names("cidr_list"), role.secret_id_bound_cidrs),
        _blocks(fields.names("token_bound_cidrs"), role.token_bound_cidrs),
    )


def _blocks(wanted: list[str] | None, allowed: list[str]) -> list[str]:
    """Return the blocks a secret_id is bound to, which must lie within those of its role."""
    blocks = wanted or []
    check_blocks(blocks, "failed to validate CIDR blocks")
    if not covers(allowed, blocks):
        subset = (
            "failed to verify subset relationship between CIDR blocks on the role "
            f"{_quoted(allowed)} and CIDR blocks on the secret ID {_quoted(blocks)}"
        )
        raise Refusal(500, counted(subset))
    return blocks


def _quoted(blocks: list[str]) -> str:
    return "[" + " ".join(f'"{block}"' for block in blocks) + "]"


def _metadata(text: str | None) -> dict[str, str]:
    """Return the pairs in a secret_id's metadata, which is sent as the text of an object."""
    try:
        pairs = json.loads(text or "{}")
        return {str(key): str(value) for key, value in pairs.items()}
    except (ValueError, AttributeError):
        raise Refusal(
            400, "failed to parse metadata: failed to parse the input: invalid <key,value> format"
        ) from None


def _named(request: Request, field: str) -> str:
    value = request.fields.text(field)
    if not value:
        raise Refusal(400, f"missing {field}")
    return value


def _no_role(status: int, name: str) -> Refusal:
    return Refusal(status, f'role "{name.lower()}" does not exist')
