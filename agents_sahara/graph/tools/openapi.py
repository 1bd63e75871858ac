"""`openapi`: which operations of an API a file means, each as a request with open parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.tools.api.bodies import Body
from agents_sahara.graph.tools.api.credentials import Credentials
from agents_sahara.graph.tools.api.document import Document, Operation, as_list, as_map, read_document
from agents_sahara.graph.tools.api.inputs import Input, inputs_of
from agents_sahara.graph.tools.api.schemas import MOST_ABOUT
from agents_sahara.graph.tools.api.sheets import RULE
from agents_sahara.graph.tools.api.styles import UnfitError
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.names import MOST_TOOL_NAME
from agents_sahara.graph.tools.requests import TOKEN, OpenApiRequest, judged_url
from agents_sahara.spec.values import ToolSpec

_MOST_TOOLS = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_MEDIA = re.compile(r"[A-Za-z0-9.+*-]+/[A-Za-z0-9.+*-]+(?:; ?[a-z0-9-]+=[A-Za-z0-9.-]+)*")
_MOST_KINDS = 8
_SERVER = 'add `server: "https://..."` beside `openapi`'
_NEVER_SENT = ("CONNECT", "TRACE")
_CHOOSE = "mend the file, or choose other `operations`"


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """The operations that `spec` means."""
    if spec.openapi is None:
        return ()
    place = spec.place_of("openapi")
    document = read_document(spec.openapi, place, makings)
    if document is None:
        return ()
    return tuple(_Api(document, spec, place, makings).tools())


class _Api:
    """A description of an API, as one team uses it."""

    def __init__(self, document: Document, spec: ToolSpec, place: Place, makings: Makings) -> None:
        self._document = document
        self._spec = spec
        self._place = place
        self._makings = makings
        self._report = makings.around.report
        self._credentials = Credentials(spec, document, makings)
        self._lacking: dict[str, str] = {}
        """By security scheme that has no credential, the first operation that wants it."""

    def tools(self) -> Iterator[Meant]:
        """One for each operation that is meant."""
        chosen = self._chosen()
        if not chosen and not as_map(self._document.root.get("paths")):
            message = f"{self._spec.openapi!r} has no operations"
            self._report.add(RULE, self._place, message, mend="name a file with `paths`")
        if len(chosen) > _MOST_TOOLS:
            message = (
                f"{self._spec.openapi!r} has {len(chosen)} operations; at most {_MOST_TOOLS} become tools"
            )
            self._report.add(RULE, self._place, message, mend="choose some with `operations: [...]`")
            return
        taken: set[str] = set()
        for one in chosen:
            request = self._request(one)
            if request is not None:
                name = _name(one.id, taken)
                taken.add(name)
                yield Meant(request, (one.about or one.id)[:MOST_ABOUT], name)
        if self._document.lost:
            message = f"{self._spec.openapi!r} refers to {self._document.lost[0]!r}, which is not there"
            self._report.add(RULE, self._place, message, mend="mend the reference")
        for name, operation in self._lacking.items():
            self._tell_lacking(name, operation)

    def _chosen(self) -> list[Operation]:
        wanted = self._spec.operations
        known: dict[str, Operation] = {}
        for one in self._document.operations():
            if one.id in known and (wanted is None or one.id in wanted):
                message = f"{self._spec.openapi!r} has two operations {one.id!r}"
                self._report.add(RULE, self._place, message, mend=_CHOOSE)
            known.setdefault(one.id, one)
        for name in wanted or ():
            if name not in known:
                message = f"{self._spec.openapi!r} has no operation {name!r}"
                mend = did_you_mean(name, known, what="operations")
                self._report.add("unknown-operation", self._spec.place_of("operations"), message, mend=mend)
        return [one for one in known.values() if wanted is None or one.id in wanted]

    def _request(self, one: Operation) -> OpenApiRequest | None:
        try:
            if not TOKEN.fullmatch(one.method) or one.method.upper() in _NEVER_SENT:
                raise UnfitError(f"uses the method {one.method.upper()}, which is not sent")
            one = self._document.told(one)
            sent, lacking = self._credentials.of(one)
            inputs = inputs_of(one, self._document, sent.set_)
        except UnfitError as unfit:
            self._refuse(one, str(unfit))
            return None
        base = self._base(one)
        url = None if base is None else self._address(base, one, inputs)
        if url is None:
            return None
        for name in lacking:
            self._lacking.setdefault(name, one.id)
        body = next(
            (said.body for said in inputs if said.body is not None), Body("application/json", {}, False)
        )
        return OpenApiRequest(
            one.method.upper(),
            url,
            _schema(inputs),
            places={said.argument: said.where for said in inputs},
            names={said.argument: said.name for said in inputs},
            headers=sent.headers,
            styles={said.argument: said.style for said in inputs},
            media=body.media,
            parts=body.parts,
            kinds=body.kinds,
            files=body.files,
            is_file=body.is_file,
            accept=_accept(one, self._document),
            raw=frozenset(said.argument for said in inputs if said.is_raw),
            hidden_query=sent.query,
            cookies=sent.cookies,
        )

    def _tell_lacking(self, name: str, operation: str) -> None:
        message = f"the operation {operation!r} of {self._spec.openapi!r} wants a credential for {name!r}"
        mend = f'add `credentials: {{{name}: "${{NAME}}"}}`, or the header line that it is to `headers`'
        self._report.add("missing-credential", self._place, message, mend=mend)

    def _refuse(self, one: Operation, problem: str) -> None:
        message = f"the operation {one.id!r} of {self._spec.openapi!r} {problem}"
        self._report.add(RULE, self._place, message, mend=_CHOOSE)

    def _base(self, one: Operation) -> str | None:
        if self._spec.server is not None:
            return judged_url(self._spec.server, self._spec.place_of("server"), self._makings, RULE)
        owners = (one.said, one.item, self._document.root)
        server = next((as_map(owner["servers"][0]) for owner in owners if as_list(owner.get("servers"))), {})
        variables = as_map(server.get("variables"))
        url = str(server.get("url", ""))
        for name in re.findall(r"\{([^{}]+)\}", url):
            default = as_map(variables.get(name)).get("default")
            if default is None:
                message = (
                    f"the server of {self._spec.openapi!r} has the variable {name!r}, which has no default"
                )
                self._report.add(RULE, self._place, message, mend=_SERVER)
                return None
            url = url.replace(f"{{{name}}}", str(default))
        if "://" in url:
            return judged_url(url.replace("$", "$$"), self._place, self._makings, RULE)
        message = f"{self._spec.openapi!r} does not say at which address the API is"
        self._report.add(RULE, self._place, message, mend=_SERVER)
        return None

    def _address(self, base: str, one: Operation, inputs: Sequence[Input]) -> str | None:
        known = {said.name: said.argument for said in inputs if said.where == "path"}
        said_path = one.path.partition("#")[
            0
        ]  # some files tell operations of one path apart by what is never sent
        named = re.findall(r"\{([^{}]+)\}", said_path)
        if not said_path.startswith("/") or any(name not in known for name in named):
            self._refuse(one, "has a path that cannot be filled in")
            return None
        lost = [name for name in known if name not in named]
        if lost:
            self._refuse(one, f"has the parameter {lost[0]!r} in its path, where it does not stand")
            return None
        path = re.sub(r"\{([^{}]+)\}", lambda match: f"{{{{ {known[match[1]]} }}}}", said_path)
        return judged_url(f"{base.rstrip('/')}{path}".replace("$", "$$"), self._place, self._makings, RULE)


def _schema(inputs: Sequence[Input]) -> dict[str, Any]:
    properties: Mapping[str, Any] = {said.argument: said.schema for said in inputs}
    return {
        "type": "object",
        "properties": properties,
        "required": [said.argument for said in inputs if said.is_required],
        "additionalProperties": False,
    }


def _name(id_: str, taken: Collection[str]) -> str:
    """A name for the model; long ones that begin alike are told apart by a number."""
    plain = re.sub("__+", "_", _NOT_IN_NAMES.sub("_", id_)).strip("_")
    name, number = plain[:MOST_TOOL_NAME], 1
    while name in taken and len(plain) > MOST_TOOL_NAME:
        number += 1
        name = f"{plain[: MOST_TOOL_NAME - 4]}_{number}"
    return name


def _accept(one: Operation, document: Document) -> str:
    """What the operation answers with where it went well, JSON before all else."""
    kinds: dict[str, None] = {}
    for status, answer in as_map(one.said.get("responses")).items():
        if str(status).startswith("2") or status == "default":
            kinds |= dict.fromkeys(map(str, as_map(as_map(document.followed(answer)).get("content"))))
    plain = [kind for kind in kinds if _MEDIA.fullmatch(kind)]
    return ", ".join(sorted(plain, key=lambda kind: "json" not in kind)[:_MOST_KINDS])
