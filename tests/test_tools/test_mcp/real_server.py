"""The tests' server of the `mcp` package, over pipes."""

from __future__ import annotations

from tests.test_tools.test_mcp.serving import demo

demo().run("stdio")
