"""Run the gateway until someone stops it: what `agents-sahara local` does."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agents_sahara.emulator.catalog_file import read_catalog
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script_file import read_script

DEFAULT_PORT = 8321
_LOOK_EVERY_S = 1.0
"""On Windows a signal is only seen between two waits."""


def log_to_stderr(line: str) -> None:
    """One line, at once."""
    print(line, file=sys.stderr, flush=True)


def serve(
    *,
    port: int = DEFAULT_PORT,
    catalog: Path | None = None,
    script: Path | None = None,
    backend: str | None = None,
    backend_model: str | None = None,
    backend_key_env: str | None = None,
    allow_remote_backend: bool = False,
    log: Callable[[str], None] = log_to_stderr,
) -> None:
    """Serve until SIGINT (Ctrl-C) or SIGTERM, then return; every event is one line of `log`.

    Raises:
        SpecError: the catalog or the script file is wrong; with every finding.
        ValueError: the backend is no address, or not one that was allowed.
        OSError: the port is taken.
    """
    gateway = LocalGateway(
        catalog=None if catalog is None else read_catalog(catalog),
        script=() if script is None else read_script(script),
        backend=backend,
        backend_model=backend_model,
        backend_key_env=backend_key_env,
        allow_remote_backend=allow_remote_backend,
        keep_calls=False,
        port=port,
        log=log,
    )
    with _stop_signal() as stop, gateway:
        while not stop.wait(_LOOK_EVERY_S):
            pass
    log("stopped")


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set. Only the main thread can listen to them."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
