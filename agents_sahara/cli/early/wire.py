"""A chat request as the SDK, its client and httpx2 write it down, told without loading any of them.

openai 3.54 to 3.57, openai-agents 0.24 and httpx2 2.16 (checked 2026-11-28). Where another version writes another
header, the early request is another than the ordinary one, and its answer is not used.
"""

from __future__ import annotations

import platform
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_VERSION: Final = re.compile(r'__version__ = "([0-9a-zA-Z.+-]+)"')
_READ_TIMEOUT_S: Final = 600
_DECODERS: Final = (("br", ("brotli", "brotlicffi")), ("zstd", ("compression.zstd", "backports.zstd")))
_PORTS: Final = {"http": 80, "https": 443}


def written(base_url: str, provider: str, key: str, body: bytes) -> bytes | None:
    """The whole request; None where something that it says of this machine is not known."""
    client, sdk, system = openai_version(), agents_version(), _system()
    if client is None or sdk is None or system is None:
        return None
    url = urlsplit(base_url)
    lines = (
        f"POST {url.path}/chat/completions HTTP/1.1",
        f"Host: {_host(base_url)}",
        f"Accept-Encoding: {', '.join(_encodings())}",
        "Connection: keep-alive",
        f"authorization: Bearer {key}",
        "accept: application/json",
        "content-type: application/json",
        f"user-agent: Agents/Python {sdk}",
        "x-stainless-lang: python",
        f"x-stainless-package-version: {client}",
        f"x-stainless-os: {system[0]}",
        f"x-stainless-arch: {system[1]}",
        f"x-stainless-runtime: {platform.python_implementation()}",
        f"x-stainless-runtime-version: {platform.python_version()}",
        "x-stainless-async: async:asyncio",
        f"openai-organization: {provider}",
        "x-stainless-retry-count: 0",
        f"x-stainless-read-timeout: {_READ_TIMEOUT_S}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def openai_version() -> str | None:
    """The installed version of `openai`."""
    folder = _folder("openai")
    try:
        text = "" if folder is None else (folder / "_version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = _VERSION.search(text)
    return None if found is None else found[1]


def agents_version() -> str | None:
    """The installed version of `openai-agents`; None where its record cannot be found, or is not the only one."""
    folder = _folder("agents")
    records = [] if folder is None else list(folder.parent.glob("openai_agents-*.dist-info"))
    return records[0].name.removesuffix(".dist-info").partition("-")[2] if len(records) == 1 else None


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _host(base_url: str) -> str:
    """Host and port; the port where it is not the usual one."""
    url = urlsplit(base_url)
    name = (url.hostname or "").lower()
    shown = f"[{name}]" if ":" in name else name
    return shown if url.port in (None, _PORTS[url.scheme]) else f"{shown}:{url.port}"


def _encodings() -> list[str]:
    """What httpx2 can decompress."""
    found = [name for name, modules in _DECODERS if any(map(_is_there, modules))]
    return ["gzip", "deflate", *found]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _system() -> tuple[str, str] | None:
    """The operating system and the processor in openai's words, for those that most people have."""
    systems = {"linux": "Linux", "darwin": "MacOS", "win32": "Windows"}
    machines = {"x86_64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    system, machine = systems.get(sys.platform), machines.get(platform.machine().lower())
    if system is None or machine is None or hasattr(sys, "getandroidapilevel"):
        return None
    return system, machine
