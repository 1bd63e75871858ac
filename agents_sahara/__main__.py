"""`python -m agents_sahara` is `agents-sahara`."""

from __future__ import annotations

import sys

from agents_sahara.cli.main import agents_sahara

if __name__ == "__main__":
    sys.exit(agents_sahara())
