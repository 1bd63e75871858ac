"""The tests' server of the `mcp` package, over pipes."""

from __future__ import annotations

import sys

from tests.test_tools.test_mcp.serving import demo, growing

(growing if sys.argv[1:] == ["growing"] else demo)().run("stdio")
