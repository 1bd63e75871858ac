"""The ASGI application: from a request to an answer, by the paths of the Sahara API documentation.

Everything that goes wrong on the way is a `RefusalError`; every request is recorded before it is answered.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from agents_sahara.emulator import guard
from agents_sahara.emulator.acting import REASON, speak, spoil
from agents_sahara.emulator.catalog import Catalog, detail
from agents_sahara.emulator.chat_request import ChatRequest, read_chat, read_json
from agents_sahara.emulator.delivery import BACKEND_HEADER, JSON_TYPE, REASON_HEADER, Backend
from agents_sahara.emulator.recording import RecordedCall
from agents_sahara.emulator.refusals import RefusalError, error_body
from agents_sahara.emulator.routing import detail_pair, filtered_models, filtered_providers, route
from agents_sahara.emulator.script import CHAT, Question, Rule, Say, Script, Use
from agents_sahara.emulator.strictness import check_strictly
from agents_sahara.emulator.wire import Outgoing, Sleep, break_connection, dump, until_disconnected
from agents_sahara.types import Json

PREFIX = "/api/compute"


@dataclass
class _Note:
    """What has become known of a request so far."""

    headers: Mapping[str, str]
    """Names in lower case, values as sent."""
    provider: str | None = None
    model: str | None = None
    is_stream: bool = False
    body: Json = None


class Door:
    """Answers requests; owns the record of them and the script in force."""

    def __init__(
        self,
        catalog: Catalog,
        backend: Backend,
        *,
        strict: frozenset[str] = frozenset(),
        record: Callable[[RecordedCall], None] | None,
        log: Callable[[str], None],
        clock: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        self.script = Script()
        self.catalog = catalog
        self._backend = backend
        self._strict = strict
        self._keep = record
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._told: set[tuple[str, str]] = set()
        self._handlers: dict[str, tuple[str, Callable[[Request, _Note], Awaitable[Outgoing]]]] = {
            f"{PREFIX}/{CHAT}": ("POST", self._chat),
            f"{PREFIX}/models": ("GET", self._models),
            f"{PREFIX}/providers": ("GET", self._providers),
            f"{PREFIX}/modelDetail": ("GET", self._detail),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI door."""
        request = Request(scope, receive)
        note = _Note({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})
        try:
            outgoing = await self._answer(request, note)
        except RefusalError as refusal:
            outgoing = _refused(refusal)
        except Exception:  # noqa: BLE001  # a door: the bug is logged whole and answered as what it is
            self._log(traceback.format_exc())
            outgoing = _refused(RefusalError(500, "The local gateway has a bug; its log has the traceback."))
        reason = outgoing.headers.get(REASON_HEADER, "")
        self._record(request, note, outgoing.status if outgoing.has_status else None, reason)
        labels = {BACKEND_HEADER: self._backend.name}
        try:
            await replace(outgoing, headers=labels | dict(outgoing.headers))(scope, receive, send)
        except RefusalError as broken:
            self._log(f"broke the answer off: {broken.message}")
            break_connection(scope["state"]["transport"], is_reset=False)
            await until_disconnected(receive)

    async def _answer(self, request: Request, note: _Note) -> Outgoing:
        guard.check_host(note.headers)
        path = request.scope["path"]
        handler = self._handlers.get(path)
        if handler is None:
            paths = ", ".join(self._handlers)
            raise RefusalError(404, f"No such path: {path!r}. The paths are {paths}.")
        method, handle = handler
        if request.method != method:
            raise RefusalError(405, f"This path takes {method} only.", headers={"Allow": method})
        guard.check_key(note.headers)
        return await handle(request, note)

    async def _models(self, request: Request, note: _Note) -> Outgoing:
        return self._discovery("models", request, note, lambda: filtered_models(self.catalog, note.provider))

    async def _providers(self, request: Request, note: _Note) -> Outgoing:
        return self._discovery(
            "providers", request, note, lambda: filtered_providers(self.catalog, note.model)
        )

    async def _detail(self, request: Request, note: _Note) -> Outgoing:
        def found() -> Json:
            return detail(detail_pair(self.catalog, note.provider, note.model), behind=self._backend.behind)

        return self._discovery("modelDetail", request, note, found)

    def _discovery(self, path: str, request: Request, note: _Note, find: Callable[[], Json]) -> Outgoing:
        note.provider = request.query_params.get("provider")
        note.model = request.query_params.get("model")
        rule = self.script.take(Question(path, note.provider, note.model))
        if rule and rule.do and not isinstance(rule.do, Say | Use):
            return self._paced(spoil(rule.do), rule)
        return self._paced(Outgoing(200, JSON_TYPE, dump(find())), rule)

    async def _chat(self, request: Request, note: _Note) -> Outgoing:
        note.provider = note.headers.get("openai-organization") or None
        guard.check_json_type(note.headers)
        raw = await guard.read_body(request)
        note.body = read_json(raw)
        chat = read_chat(raw, note.body)
        note.model, note.is_stream = chat.model, chat.is_stream
        if note.provider in self._strict:
            check_strictly(chat.messages, has_tools=bool(chat.tools))
        rule = self.script.take(Question(CHAT, note.provider, chat.model, chat.messages, chat.is_stream))
        return self._paced(await self._completed(chat, note, rule), rule)

    async def _completed(self, chat: ChatRequest, note: _Note, rule: Rule | None) -> Outgoing:
        action = rule.do if rule else None
        if action is not None and not isinstance(action, Say | Use):
            return spoil(action)
        pair = route(self.catalog, note.provider, chat.model)
        note.provider = pair.provider
        if pair.proof == "assumed":
            self._tell_once(
                pair.provider,
                pair.model,
                f"that {pair.provider!r} serves {pair.model!r} is assumed: the API documentation does not say",
            )
        if "compute_provider" in chat.body:
            asked = repr(chat.body["compute_provider"])[:80]
            self._log(
                f"ignored compute_provider {asked}: the OpenAI-Organization header chooses the provider"
            )
        if action is not None:
            return speak(action, chat, created=int(self._clock()))
        return await self._backend.respond(chat)

    def _paced(self, outgoing: Outgoing, rule: Rule | None) -> Outgoing:
        if rule is None:
            return outgoing
        headers = {REASON_HEADER: REASON} | dict(outgoing.headers)
        return replace(outgoing, headers=headers, pace=rule.pace, sleep=self._sleep)

    def _tell_once(self, provider: str, model: str, message: str) -> None:
        if (provider, model) not in self._told:
            self._told.add((provider, model))
            self._log(message)

    def _record(self, request: Request, note: _Note, status: int | None, reason: str) -> None:
        call = RecordedCall(
            method=request.method,
            path=request.scope["path"],
            query=dict(request.query_params),
            headers=note.headers,
            provider=note.provider,
            model=note.model,
            stream=note.is_stream,
            body=note.body,
            status=status,
            reason=reason,
        )
        if self._keep is not None:
            self._keep(call)
        self._log(_line(call))


def _refused(refusal: RefusalError) -> Outgoing:
    body = error_body(refusal.status, refusal.message, code=refusal.code, param=refusal.param)
    return Outgoing(refusal.status, JSON_TYPE | dict(refusal.headers), dump(body))


def _line(call: RecordedCall) -> str:
    """One line of the log; what the client chose is quoted, so that it cannot add lines."""
    words: Iterable[str] = (
        call.method,
        repr(call.path)[1:-1],
        *(() if call.model is None else (repr(call.model)[:120],)),
        *(() if call.provider is None else ("on", repr(call.provider)[:80])),
        "->",
        "cut" if call.status is None else str(call.status),
        f"({call.reason})" if call.reason else "",
    )
    return " ".join(word for word in words if word)
