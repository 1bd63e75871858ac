"""The events of a YAML text, from libyaml where PyYAML has it, else from PyYAML's own parser.

Both are read event by event: neither recurses, and neither runs more than a line ahead of its reader, so a
reader that stops at a depth is safe from any text. (Only the node composers of PyYAML recurse.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

try:
    from yaml._yaml import CParser
except ImportError:
    HAS_LIBYAML = False
else:
    HAS_LIBYAML = True


class _EventSource(Protocol):
    def get_event(self) -> yaml.Event | None: ...


class _PythonParser(Reader, Scanner, Parser):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def read_events(text: str, *, libyaml: bool = HAS_LIBYAML) -> Iterator[yaml.Event]:
    """The events of `text`, made as they are asked for.

    The iterator raises `yaml.YAMLError` at the place where the text stops being YAML.
    """
    source: _EventSource = CParser(text) if libyaml else _PythonParser(text)
    return iter(source.get_event, None)
