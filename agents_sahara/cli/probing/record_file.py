"""A new file that only its owner reads, there whole or not at all.

Nothing that exists is written over: a record may be the only trace of what a gateway once said.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from agents_sahara.errors import UsageError


class RecordFile:
    """Made beside its place when entered, so that a place that cannot be written is told before anything is asked."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        """Where the file will be."""
        self._draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Raises:
        UsageError: the file exists, or cannot be made.
        """
        if os.path.lexists(self.path):
            raise self._exists()
        try:
            self._descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except (OSError, ValueError) as error:
            raise self._refused(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        with suppress(OSError):
            self._draft.unlink()

    def write(self, text: str) -> None:
        """Put the whole file in its place.

        Raises:
            UsageError: it cannot be written, or something else took the place meanwhile.
        """
        try:
            with os.fdopen(self._descriptor, "w", encoding="utf-8", newline="\n") as file:
                self._descriptor = -1
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._take_place()
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            raise self._refused(error) from error

    def _take_place(self) -> None:
        """A second name for the draft: unlike a renaming it never takes the place of another file."""
        try:
            os.link(self._draft, self.path)
        except FileExistsError:
            raise
        except OSError:  # a file system without second names
            if os.path.lexists(self.path):
                raise FileExistsError from None
            self._draft.rename(self.path)

    def _exists(self) -> UsageError:
        return UsageError(
            f"{str(self.path)!r} exists, and a record is never written over",
            mend="name a file that does not exist yet",
        )

    def _refused(self, error: OSError | ValueError) -> UsageError:
        why = error.strerror if isinstance(error, OSError) else error
        return UsageError(
            f"{str(self.path)!r} cannot be written: {why}",
            mend="name a file in a folder that you may write to",
        )
