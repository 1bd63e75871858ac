"""Every kind of tool that a team file may describe."""

from __future__ import annotations

from agents_sahara.spec.tools.agent import AGENT
from agents_sahara.spec.tools.http import HTTP
from agents_sahara.spec.tools.kind import Kind
from agents_sahara.spec.tools.mcp import MCP
from agents_sahara.spec.tools.openapi import OPENAPI
from agents_sahara.spec.tools.python import PYTHON

KINDS: tuple[Kind, ...] = (PYTHON, HTTP, OPENAPI, MCP, AGENT)
"""In the order in which messages name them."""
