"""`python -m agents_sahara` is `agents-sahara`."""

from __future__ import annotations

from agents_sahara.cli.main import agents_sahara

if __name__ == "__main__":
    raise SystemExit(agents_sahara())
