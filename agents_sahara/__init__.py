"""Run a team of AI agents from one YAML file on the Sahara gateway."""

from __future__ import annotations

__version__ = "0.1.0"
