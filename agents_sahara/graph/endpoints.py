"""`providers`: endpoints beside the gateway, and the rules for their addresses.

An address in a file can be a trap for keys, so it must be plain, and https unless it is this machine; where
the operator's consent counts, its host must be one that was allowed. No name is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import get_args
from urllib.parse import urlsplit

from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import Endpoint, StructuredOutput
from agents_sahara.graph.variables import fill_in, refuse_untrusted
from agents_sahara.settings import KEY_NAMES, base_url_problem
from agents_sahara.spec.values import ProviderSpec, TeamSpec

_MOST_CHARACTERS = 2048
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_PORT = re.compile(r"(?::[1-9][0-9]{0,4})?")
_KEY_LOOK = re.compile(
    r"^(?:sk|pk|rk|gsk|hf|ghp|gho|xai|r8|nvapi|sahara)[-_](?=[A-Za-z0-9_-]*[0-9a-z])[A-Za-z0-9_-]{12,}"
    r"|^(?:AIza|eyJ|AKIA|ASIA)[A-Za-z0-9_-]{12,}"
    r"|^(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[a-z])[A-Za-z0-9]{20,}$"
    r"|^[0-9a-fA-F]{32,}$|^[A-Z0-9]{32,}$"
)


def endpoints(spec: TeamSpec, secrets: Collection[str], around: Surroundings) -> dict[str, Endpoint]:
    """Every configured provider by name, as far as its address can be used."""
    return {
        name: Endpoint(
            name=name,
            base_url=_base_url(provider, secrets, around),
            api_key_env=_key_variable(provider, around),
            place=provider.place_of("base_url"),
            max_concurrency=provider.max_concurrency,
            history="no_tools" if provider.history == "no_tools" else "full",
            strict_tools=provider.strict_tools is not False,
            include_usage=provider.include_usage is not False,
            structured_output=structured_output(provider.structured_output) or "auto",
        )
        for name, provider in (spec.providers or {}).items()
    }


def structured_output(word: str | None) -> StructuredOutput | None:
    """The way that `word` names; None where the file names none."""
    ways: tuple[StructuredOutput, ...] = get_args(StructuredOutput)
    return next((way for way in ways if way == word), None)


def _key_variable(provider: ProviderSpec, around: Surroundings) -> str | None:
    name, place = provider.api_key_env, provider.place_of("api_key_env")
    if name is None:
        _mask_refused(provider, around)
        return None
    around.variables[name] = None
    if around.is_untrusted:
        refuse_untrusted(f"sends the key in {name}", place, around)
        return None
    if name.upper() in KEY_NAMES:
        message = f"{name} holds the Sahara key, which no other endpoint gets"
        around.report.add("sahara-key", place, message, mend="name the variable of this endpoint's own key")
        return None
    if _KEY_LOOK.search(name):
        around.masks.append(name)
        message = "'api_key_env' looks like a key itself; it takes the name of a variable"
        mend = "put the key into a variable, write its name here, and replace the key: it stood in a file"
        around.report.add("bad-key-variable", place, message, mend=mend)
        return None
    return name


def _mask_refused(provider: ProviderSpec, around: Surroundings) -> None:
    """What stands behind `api_key_env` and is no variable's name may be a key."""
    text = provider.written("api_key_env")
    if text and not text.startswith("${"):
        around.masks.append(text)


def _base_url(provider: ProviderSpec, secrets: Collection[str], around: Surroundings) -> str | None:
    if provider.base_url is None:
        return None
    place = provider.place_of("base_url")
    url = fill_in(provider.base_url, place, secrets, around)
    if url is None:
        return None
    problem = address_problem(url)
    if problem is not None:
        if "@" in url:
            around.masks.append(provider.base_url)
        mend = "write an address such as https://models.example/v1; plain http only for this machine"
        around.report.add("bad-base-url", place, f"'base_url' {problem}", mend=mend)
        return None
    return url


def address_problem(url: str) -> str | None:
    """Why a plain address, without query or credentials, cannot be used or could lead somewhere else."""
    problem = base_url_problem(url)
    if problem is not None:
        return problem
    if len(url) > _MOST_CHARACTERS:
        return "is too long"
    address = urlsplit(url).netloc
    host, port = _split(address)
    if not host.startswith("[") and not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return "spells its host in an odd way"
    return None if _PORT.fullmatch(port) else "spells its port in an odd way"


def _split(address: str) -> tuple[str, str]:
    """Host and port, the port with its colon."""
    end = address.find("]") + 1 if address.startswith("[") else address.find(":")
    return (address[:end], address[end:]) if end > 0 else (address, "")
