"""An assistant's client, in a process of its own: calls tools as standard input says, and prints what each returns."""

import asyncio
import json
import os
import sys

from httpx2 import AsyncClient
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


def transport(url, token):
    """Return how to reach the tools: over HTTP at a URL, else by `hubbub mcp` as a child process."""
    if url:
        return streamable_http_client(url, http_client=AsyncClient(headers={"Authorization": f"Bearer {token}"}))
    return StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env={**os.environ, "HUBBUB_TOKEN": token})


async def call(url, token, calls):
    async with Client(transport(url, token)) as client:
        tools = (await client.list_tools()).tools
        yield {tool.name: tool.annotations.read_only_hint for tool in tools}
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            yield result.structured_content if not result.is_error else {"error": result.content[0].text}


async def main():
    print(json.dumps([result async for result in call(**json.load(sys.stdin))]))


asyncio.run(main())
