"""The files that a team consists of: the team file, what it includes, and its texts of instructions.

A file may only name files below a folder: never an absolute path, `..`, a link that leads out, a device or a
pipe. Findings about a path stand where it is written; findings about a text stand in that text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.source.text import MOST_BYTES, read_source

MOST_TEXT_BYTES = 256 * 1024
"""Largest file of instructions."""

MOST_FILES = 200
"""Files that one team may read, counted each time: includes of includes cannot multiply without end."""

_BAD_IN_PATHS = re.compile(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:|^[/~]")


@dataclass(slots=True)
class Files:
    """The texts that were read, by the name that findings give them."""

    folder: Path | None
    """Where the team file lies; None for a team given as text, which can name no files."""
    texts: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    is_full: bool = False
    """Whether no more files are read."""
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _read: int = 0

    def add(self, name: str, path: Path | None, text: str) -> None:
        """Remember a text."""
        self.texts[name] = text
        if path is not None:
            self.paths[name] = path

    def lines(self, name: str) -> list[str]:
        """The lines of a text that was read."""
        if name not in self._lines:
            self._lines[name] = self.texts.get(name, "").splitlines()
        return self._lines[name]

    def find(
        self, relative: str, place: Place, report: Report, *, is_own_folder: bool = False
    ) -> Path | None:
        """The file that `relative` names, seen from the file in which it stands at `place`.

        It must lie below the team file's folder, or below the naming file's own where `is_own_folder`.
        """
        if self.folder is None:
            message = "a team given as text has no folder, so it cannot name files"
            report.add(
                "no-folder", place, message, mend="save the team as a file, or write the text in place"
            )
            return None
        problem = path_problem(relative)
        if problem:
            report.add("bad-path", place, f"the path {relative!r} {problem}", mend=_PATH_MEND)
            return None
        here = self.paths[place.file].parent
        return _existing(here / relative, here if is_own_folder else self.folder, relative, place, report)

    def read(
        self,
        path: Path,
        name: str,
        place: Place,
        report: Report,
        *,
        most_bytes: int = MOST_BYTES,
        is_counted: bool = True,
    ) -> str | None:
        """The text of a file that `find` gave; whoever reads without counting has a limit of their own."""
        self._read += is_counted
        if self._read > MOST_FILES:
            message = f"the team reads more than {MOST_FILES} files"
            report.add("too-many-files", place, message, mend="include fewer files, or each only once")
            self.is_full = True
            return None
        text = read_source(path, report, name=name, most_bytes=most_bytes)
        if text is not None:
            self.add(name, path, text)
        return text


_PATH_MEND = "name a file below the folder of this one, such as prompts/orders.md"


def beside(name: str, relative: str) -> str:
    """What findings call a file that the file `name` names."""
    return (Path(name).parent / relative).as_posix()


def path_problem(relative: str) -> str | None:
    """What keeps a text from being a path below a folder, as the end of a sentence; None where nothing does."""
    if _BAD_IN_PATHS.search(relative):
        return "is not a plain relative path"
    if ".." in relative.split("/"):
        return "leads upwards"
    return None


def _existing(path: Path, root: Path, relative: str, place: Place, report: Report) -> Path | None:
    try:
        real = path.resolve(strict=True)
        is_inside = real.is_relative_to(root.resolve(strict=True))
        is_file = real.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links (Python < 3.13)
        reason = getattr(error, "strerror", None) or "its links form a loop"
        message = f"the file {relative!r} cannot be read: {reason.lower()}"
        report.add("unreadable-file", place, message, mend="check the path; it starts at this file's folder")
        return None
    if not is_inside:
        report.add("bad-path", place, f"the path {relative!r} leads out of the folder", mend=_PATH_MEND)
        return None
    if not is_file:
        report.add("unreadable-file", place, f"{relative!r} is not a regular file", mend="name a text file")
        return None
    return real
