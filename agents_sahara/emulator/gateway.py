"""A Sahara gateway on this machine: real HTTP on a loopback port, on a thread of its own.

Several may run at once. Nothing is left behind when one is stopped: no thread, no socket.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from agents_sahara.emulator.brain.decision import decide as decide_by_rules
from agents_sahara.emulator.catalog import DOCUMENTED, Catalog, Pair
from agents_sahara.emulator.delivery import Backend
from agents_sahara.emulator.door import PREFIX, Door
from agents_sahara.emulator.listening import Listener, listen
from agents_sahara.emulator.recording import RecordedCall
from agents_sahara.emulator.script import Rule, Script
from agents_sahara.emulator.sim import Decide, Sim
from agents_sahara.emulator.upstream import Upstream
from agents_sahara.emulator.wire import Sleep

_START_WITHIN_S = 30.0


class LocalGateway:
    """The gateway as a context manager: running inside `with`, gone behind it.

    ```python
    with LocalGateway() as gateway:
        client = OpenAI(base_url=gateway.base_url, api_key="any", organization="openai")
    ```
    """

    def __init__(
        self,
        *,
        pairs: Iterable[tuple[str, str]] = (),
        open_models: Iterable[str] = (),
        catalog: Catalog | None = None,
        backend: str | None = None,
        backend_model: str | None = None,
        backend_key_env: str | None = None,
        allow_remote_backend: bool = False,
        script: Iterable[Rule] = (),
        strict: Iterable[str] = (),
        keep_calls: bool = True,
        port: int = 0,
        log: Callable[[str], None] | None = None,
        decide: Decide = decide_by_rules,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Nothing is opened yet.

        `pairs` are (provider, model) served beside the catalog, `open_models` ids that every provider of the
        catalog serves unless the catalog says who does. `backend` is the address of an OpenAI-compatible
        server that answers in the simulator's place, always as `backend_model` if that is given, with the key in
        the variable `backend_key_env`. Without `keep_calls` nothing is recorded: for long use. `port` 0 takes a
        free one; `log` gets one line an event; `clock` dates the answers, `sleep` makes the delays of a script.
        The providers in `strict` refuse what the strictest of the real ones refuse.

        Raises:
            ValueError: the backend is no address, is not on this machine without `allow_remote_backend`, or its
                key variable is not set.
        """
        self.calls: list[RecordedCall] = []
        """Every request so far, in the order of their answers; recorded before the client sees its answer."""
        self._log = log or _silent
        self._backend: Backend = Sim(decide, clock)
        if backend is not None:
            self._backend = Upstream(
                backend, model=backend_model, key_env=backend_key_env, allow_remote=allow_remote_backend
            )
        given = (Pair(provider, model) for provider, model in pairs)
        self._door = Door(
            (catalog or DOCUMENTED).with_open(open_models).with_pairs(given),
            self._backend,
            strict=frozenset(strict),
            record=self.calls.append if keep_calls else None,
            log=self._log,
            clock=clock,
            sleep=sleep,
        )
        self.script(script)
        self._asked_port = port
        self._port: int | None = None
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self._failures: list[BaseException] = []

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT/api/compute`.

        Raises:
            RuntimeError: it was never started.
        """
        if self._port is None:
            raise RuntimeError("the gateway has no address before it is started")
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    def script(self, rules: Iterable[Rule]) -> None:
        """Put these rules in force, in place of those before."""
        self._door.script = Script(rules)

    def also_serve(self, pairs: Iterable[tuple[str, str]], open_models: Iterable[str] = ()) -> None:
        """Serve these pairs too, and each model of `open_models` as when the gateway was made."""
        given = (Pair(provider, model) for provider, model in pairs)
        self._door.catalog = self._door.catalog.with_open(open_models).with_pairs(given)

    def start(self) -> None:
        """Listen and answer from now on.

        Raises:
            OSError: the port is taken.
            RuntimeError: it is running already.
        """
        if self._thread is not None:
            raise RuntimeError("the gateway is running already")
        listening = listen(self._asked_port)
        self._port = listening.getsockname()[1]
        ready = threading.Event()
        self._failures.clear()

        def run() -> None:
            try:
                with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                    runner.run(self._serve(listening, ready))
            except BaseException as error:  # noqa: BLE001  # handed to the thread that waits in start()
                self._failures.append(error)
            finally:
                self._listener = None
                listening.close()
                ready.set()

        self._thread = threading.Thread(target=run, name=f"sahara-gateway-{self._port}", daemon=True)
        self._thread.start()
        ready.wait(_START_WITHIN_S)
        if self._failures:
            self.stop()
            raise RuntimeError("the gateway did not start") from self._failures[0]
        self._log(f"local Sahara gateway on {self.base_url}: {self._backend.behind}")

    def stop(self) -> None:
        """Stop at once: answers under way are broken off. Stopping twice does nothing."""
        if self._thread is None:
            return
        listener = self._listener
        if listener is not None:
            listener.leave()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._listener = Listener(self._door, ready=ready.set)
        try:
            await self._listener.serve(sockets=[listening])
        finally:
            await self._backend.aclose()


def _silent(line: str) -> None:
    """No log was asked for."""
