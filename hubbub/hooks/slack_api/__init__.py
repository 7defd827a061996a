"""The part of Slack's Web API that scripts and tools use: `slack_sdk.WebClient` works with it as it is."""

from hubbub.hooks.slack_api import conversations, files, posting, reactions, users
from hubbub.hooks.slack_api.call import METHODS, Call, Method

__all__ = ["METHODS", "Call", "Method", "conversations", "files", "posting", "reactions", "users"]
