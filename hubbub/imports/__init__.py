"""Imports from Slack, Mattermost, Zulip, Discord and Rocket.Chat."""

from hubbub.imports import commands
from hubbub.slices import Slice

slice = Slice(name="imports", package=__name__, requires=("chat", "hooks"), commands=(commands.group,))
