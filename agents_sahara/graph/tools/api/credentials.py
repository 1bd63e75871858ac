"""Who calls an API: the security schemes of its description, and what the operator gives for them.

A credential goes where its scheme says, into a header, the query or a cookie; no model sees it or has a say in it.
OpenAPI Specification 3.0.4, "Security Scheme Object" and "Security Requirement Object" (checked 2026-11-28).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.tools.api.document import Document, Operation, as_list, as_map
from agents_sahara.graph.tools.api.inputs import Set
from agents_sahara.graph.tools.api.sheets import RULE
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.graph.tools.requests import OURS, TOKEN, place_of_entry, read_headers, read_secrets
from agents_sahara.settings import Secret
from agents_sahara.spec.values import ToolSpec

_COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
"""What the value of a cookie may hold: RFC 6265, section 4.1.1 (checked 2026-11-28)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the operator sends with one operation beside what models say."""

    headers: dict[str, Secret] = field(default_factory=dict)
    query: dict[str, Secret] = field(default_factory=dict)
    cookies: dict[str, Secret] = field(default_factory=dict)

    @property
    def set_(self) -> Set:
        """What no parameter sets any more."""
        return Set(list(self.headers), list(self.query), list(self.cookies))


@dataclass(frozen=True, slots=True)
class _Credential:
    """What is sent for one security scheme."""

    where: Literal["header", "query", "cookie"]
    name: str
    secret: Secret


class Credentials:
    """What the operator gives for the security schemes of a description."""

    def __init__(self, spec: ToolSpec, document: Document, makings: Makings) -> None:
        """What cannot be sent is reported where it stands."""
        self._headers = read_headers(spec, spec.headers, makings, RULE)
        self._root = document.root
        found = as_map(as_map(document.root.get("components")).get("securitySchemes"))
        self._schemes = {str(name): as_map(document.followed(said)) for name, said in found.items()}
        self._given: dict[str, _Credential] = {}
        for name, secret in read_secrets(spec, "credentials", spec.credentials, makings, RULE).items():
            problem = self._take(name, secret)
            if problem is not None:
                mend = "give what its security scheme wants: the key, the token, or user:password"
                if name not in self._schemes:
                    problem = f"{spec.openapi!r} has no security scheme {name!r}"
                    mend = did_you_mean(name, self._schemes, what="security schemes")
                place = place_of_entry(spec, "credentials", name)
                makings.around.report.add(RULE, place, problem, mend=mend)

    def _take(self, name: str, secret: Secret) -> str | None:
        """Remember what is sent for a scheme; why it cannot be."""
        credential = _credential(self._schemes.get(name, {}), secret)
        if isinstance(credential, str):
            return f"the credential {name!r} {credential}"
        line = "cookie" if credential.where == "cookie" else credential.name.lower()
        if credential.where != "query" and any(header.lower() == line for header in self._headers):
            return f"the credential {name!r} sets {line!r}, which `headers` sets too"
        self._given[name] = credential
        return None

    def of(self, operation: Operation) -> tuple[Sent, list[str]]:
        """What is sent with `operation`: what one way in wants, and the schemes of it that have no credential.

        Where nothing is said of any way in, all is sent.
        """
        said = operation.said.get("security", self._root.get("security"))
        if said is None:
            return self._sent(list(self._given)), []
        ways = [list(as_map(way)) for way in as_list(said)]
        if not ways:
            return self._sent([]), []
        lacks = [[name for name in way if not self._has(name)] for way in ways]
        best = min(range(len(ways)), key=lambda at: (len(lacks[at]), -len(ways[at])))
        return self._sent(ways[best]), lacks[best]

    def _has(self, name: str) -> bool:
        wanted = _lines(self._schemes.get(name, {}))
        return name in self._given or any(header.lower() in wanted for header in self._headers)

    def _sent(self, names: Sequence[str]) -> Sent:
        made = Sent(dict(self._headers))
        places = {"header": made.headers, "query": made.query, "cookie": made.cookies}
        for name in names:
            one = self._given.get(name)
            if one is not None:
                places[one.where].setdefault(one.name, one.secret)
        return made


def _credential(scheme: Mapping[str, Any], secret: Secret) -> _Credential | str:
    """What is sent for `scheme`, or why nothing can be."""
    kind, where, name = (str(scheme.get(word, "")) for word in ("type", "in", "name"))
    way = str(scheme.get("scheme", "")).lower()
    if kind == "http" and way == "basic":
        if ":" not in secret.reveal():
            return "is no `user:password`, which basic authentication takes"
        packed = base64.b64encode(secret.reveal().encode()).decode()
        return _Credential("header", "Authorization", Secret(f"Basic {packed}"))
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and way == "bearer"):
        return _Credential("header", "Authorization", Secret(f"Bearer {secret.reveal()}"))
    if (
        kind == "apiKey"
        and where == "header"
        and TOKEN.fullmatch(name)
        and name.lower() not in OURS | {"cookie"}
    ):
        return _Credential("header", name, secret)
    if kind == "apiKey" and where == "query" and name:
        return _Credential("query", name, secret)
    if kind == "apiKey" and where == "cookie" and TOKEN.fullmatch(name):
        return _Credential("cookie", name, secret) if _COOKIE.fullmatch(secret.reveal()) else "is no cookie"
    return f"cannot be sent: its scheme is {kind or 'of no type'} {way or where}".rstrip()


def _lines(scheme: Mapping[str, Any]) -> frozenset[str]:
    """Header lines that can hold what `scheme` wants."""
    if scheme.get("type") != "apiKey":
        return frozenset({"authorization"})
    lines = {"cookie": "cookie", "header": str(scheme.get("name")).lower()}
    where = str(scheme.get("in"))
    return frozenset({lines[where]} if where in lines else ())
