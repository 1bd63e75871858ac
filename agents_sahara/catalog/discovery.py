"""The five discovery calls of the gateway, with a tolerant reader and a short memory.

Paths, the `x-api-key` header and the shapes are those of the Sahara API documentation, "Discover Available Models &
Providers" (checked 2026-11-22). It shows bare arrays of ids; `[{"id": ...}]` and `{"data": [...]}` are read as well.
The header is put on each request alone, never on the client, whose `repr` would show it.
"""

from __future__ import annotations

import copy
import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Self, TypeAlias
from urllib.parse import urlencode

import httpx2

from agents_sahara.clients.bodies import TooLargeError
from agents_sahara.clients.transport import explain, sync_client
from agents_sahara.errors import AccessError, CatalogError, HostError, SaharaError
from agents_sahara.settings import Secret, Settings
from agents_sahara.types import Json

ATTEMPTS = 3
DEADLINE_S = 20.0
"""For one discovery call with its retries."""
REMEMBER_S = 300.0
_FIRST_WAIT_S = 0.5

_Outcome: TypeAlias = "tuple[SaharaError | None, bool, Json]"
"""Of one attempt: failure, whether it may be tried again, answer."""


class Catalog:
    """Asks the gateway what it serves; a context manager.

    Answers are remembered for `REMEMBER_S` seconds. Calls are synchronous and safe from several threads.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._settings = settings
        self._now = now
        self._sleep = sleep
        self._http: httpx2.Client | None = None
        self._opening = threading.Lock()
        self._memory: dict[str, tuple[float, Json]] = {}

    def models(self, provider: str | None = None) -> list[str]:
        """Ids of all models, or of those that `provider` serves, in the gateway's order.

        Raises:
            CatalogError: the call failed, or the answer is no catalog.
            AccessError: the key is refused.
            HostError: the gateway cannot be reached.
            SettingsError: no key is set.
        """
        return _read_ids(self._get("models", {} if provider is None else {"provider": provider}), "models")

    def providers(self, model: str | None = None) -> list[str]:
        """Names of all compute providers, or of those that serve `model`, in the gateway's order.

        Raises:
            CatalogError: the call failed, or the answer is no catalog.
            AccessError: the key is refused.
            HostError: the gateway cannot be reached.
            SettingsError: no key is set.
        """
        return _read_ids(self._get("providers", {} if model is None else {"model": model}), "providers")

    def model_detail(self, model: str, provider: str) -> dict[str, Json]:
        """What the gateway knows of one model at one provider; the fields are the gateway's.

        Raises:
            CatalogError: there is no such pair, the call failed, or the answer is no object.
            AccessError: the key is refused.
            HostError: the gateway cannot be reached.
            SettingsError: no key is set.
        """
        answer = self._get("modelDetail", {"model": model, "provider": provider})
        if not isinstance(answer, Mapping):
            raise CatalogError(f"modelDetail answered with {_kind(answer)} where an object was due")
        return dict(copy.deepcopy(answer))

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._memory.clear()

    def close(self) -> None:
        """Close the connection; the catalog can be used again after."""
        with self._opening:
            http, self._http = self._http, None
        if http is not None:
            http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, path: str, query: Mapping[str, str]) -> Json:
        target = f"{path}?{urlencode(query)}" if query else path
        remembered = self._memory.get(target)
        if remembered is not None and self._now() - remembered[0] < REMEMBER_S:
            return remembered[1]
        answer = self._ask(target)
        self._memory[target] = (self._now(), answer)
        return answer

    def _ask(self, target: str) -> Json:
        """Try up to `ATTEMPTS` times; only what may pass by itself is tried again."""
        key = self._settings.require_key()
        ends = self._now() + DEADLINE_S
        for attempt in range(1, ATTEMPTS + 1):
            failure, is_retryable, answer = self._attempt_until(target, key.reveal(), ends)
            if failure is None:
                return answer
            wait = _FIRST_WAIT_S * 2 ** (attempt - 1)
            if not is_retryable or attempt == ATTEMPTS or self._now() + wait >= ends:
                failure.reword(key.scrub)
                raise failure
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _attempt_until(self, target: str, key: str, ends: float) -> _Outcome:
        """`_attempt`, ended with the deadline whatever it is at.

        httpx2 2.16 (checked 2026-11-22) limits each phase of a request by itself, and the look-up of a name not at
        all; so the attempt is made on a thread of its own, which is left to its end where it lasts too long.
        """
        left_s = max(0.1, ends - self._now())
        outcomes: queue.SimpleQueue[_Outcome | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                outcomes.put(self._attempt(target, key, ends))
            except BaseException as bug:  # noqa: BLE001  raised again where the answer is waited for
                outcomes.put(bug)

        threading.Thread(target=work, name="agents_sahara_discovery", daemon=True).start()
        try:
            outcome = outcomes.get(timeout=left_s)
        except queue.Empty:
            return CatalogError(f"{target!r} gave no whole answer within {DEADLINE_S:g} s"), False, None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _attempt(self, target: str, key: str, ends: float) -> _Outcome:
        """One call: (failure, may be tried again, answer). Nothing of the request outlives it in an exception."""
        headers = {"Accept": "application/json", "x-api-key": key}
        url = f"{self._settings.base_url}/{target}"
        try:
            with self._opened().stream(
                "GET", url, headers=headers, timeout=max(0.1, ends - self._now())
            ) as response:
                body = self._read(response, ends)
        except TooLargeError:
            body = None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            why = explain(error)
            message = f"the gateway at {self._settings.base_url} could not be reached: {why.reason}"
            return HostError(message, mend=why.mend), why.is_retryable, None
        if body is None:
            return (
                CatalogError(f"{target!r} gave no whole answer in time, or one too large to be a catalog"),
                False,
                None,
            )
        if response.status_code != 200:
            words = said(body, Secret(key).scrub)
            failure = _status_failure(response.status_code, target, words)
            return failure, response.status_code >= 500 or response.status_code == 429, None
        try:
            return None, False, json.loads(body)
        except (ValueError, RecursionError):
            return (
                CatalogError(f"{target!r} answered with something that is not JSON", status=200),
                True,
                None,
            )

    def _opened(self) -> httpx2.Client:
        with self._opening:
            if self._http is None:
                self._http = sync_client(needs_tls=self._settings.base_url.startswith("https:"))
            return self._http

    def _read(self, response: httpx2.Response, ends: float) -> bytes | None:
        parts: list[bytes] = []
        for part in response.iter_bytes():
            if self._now() > ends:
                return None
            parts.append(part)
        return b"".join(parts)


def _status_failure(status: int, target: str, words: str) -> SaharaError:
    if status in (401, 403):
        return AccessError(
            f"the gateway refused the key ({status}){words}",
            mend="check SAHARA_API_KEY, or create a new key in the developer portal",
            status=status,
        )
    if 300 <= status < 400:
        return CatalogError(
            f"{target!r} was redirected ({status}), which is not followed",
            mend="check the base URL",
            status=status,
        )
    asked = "check the model and provider" if "?" in target else "check the base URL"
    mend = {400: asked, 404: asked, 429: "try again later"}
    return CatalogError(
        f"{target!r} failed with {status}{words}",
        mend=mend.get(status, "try again later, or contact support" if status >= 500 else ""),
        status=status,
    )


def said(body: bytes, hide: Callable[[str], str]) -> str:
    """`: ` and the gateway's own words, where the body has any; `hide` takes the key out before they are cut."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    text = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    return f": {hide(text)[:300]}" if isinstance(text, str) and text else ""


def _read_ids(answer: Json, what: str) -> list[str]:
    """Ids from any of the known shapes, nulls and repetitions left out.

    Raises:
        CatalogError: the answer has none of the shapes.
    """
    entries = answer
    if isinstance(answer, Mapping):
        entries = next((answer[name] for name in ("data", what, "items") if name in answer), None)
    if not isinstance(entries, list):
        raise CatalogError(f"the gateway answered with {_kind(answer)} where a list of {what} was due")
    return list(dict.fromkeys(name for entry in entries if (name := _id_of(entry))))


def _id_of(entry: Json) -> str | None:
    if isinstance(entry, Mapping):
        entry = entry.get("id") or entry.get("name")
    return entry.strip() if isinstance(entry, str) and entry.strip() else None


def _kind(answer: Json) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "a boolean"}
    return kinds.get(type(answer), "a number")
