"""The Web API's methods by name, each a function from arguments to an answer."""

from collections.abc import Callable

from sandbox.slack import chat, conversations
from sandbox.slack.lookup import Answer, Arguments
from sandbox.slack.workspace import BOT_ID, TEAM_ID, USER_ID, Workspace


def auth_test(workspace: Workspace, _arguments: Arguments) -> Answer:
    """Say whose token this is."""
    return {
        "url": "https://sandbox.slack.com/",
        "team": "Sandbox",
        "user": f"{workspace.webhook.channel.name}-bot",
        "team_id": TEAM_ID,
        "user_id": USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


METHODS: dict[str, Callable[[Workspace, Arguments], Answer]] = {
    "auth.test": auth_test,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "conversations.history": conversations.history,
    "conversations.replies": conversations.replies,
    "conversations.list": conversations.list_channels,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.members": conversations.members,
    "users.conversations": conversations.list_channels,
}

NEEDED_SCOPES = {
    "bots.info": "users:read",
    "conversations.create": "channels:manage",
    "conversations.open": "im:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "reactions.add": "reactions:write",
    "team.info": "team:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
}
"""Methods that exist and that this bot may not call, with what it would need."""
