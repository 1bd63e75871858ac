"""Whether a text can be the address of a gateway, and whether a host is this machine."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NETLOC = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::\d*)?", re.IGNORECASE)
"""A name that DNS can hold or an address, and a port: what openai, httpx2 and `socket` read alike."""
_MOST_HOST_CHARACTERS = 253


def is_loopback(host: str | None) -> bool:
    """Whether `host`, as a URL spells it, is this machine: `localhost`, 127.0.0.0/8 or ::1.

    An IPv4 address inside an IPv6 one is no spelling of it, though Python 3.13 says so (checked 2026-11-28).
    """
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def base_url_problem(url: str) -> str | None:
    """What is wrong with a base URL, as the end of a sentence, or None where it can be used."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL"
    checks = (
        (parts.scheme not in ("http", "https"), "must begin with https://"),
        (not parts.hostname, "names no host"),
        ("@" in parts.netloc, "must not carry a user name or password"),
        (
            bool(parts.query or parts.fragment) or "?" in url or "#" in url,
            "must not have a query or fragment",
        ),
        (port == 0, "has port 0"),
        (
            not url.isascii() or not url.isprintable() or " " in url or "\\" in url,
            "has characters that no URL has",
        ),
        (_is_odd_host(parts), "spells its host in an odd way"),
        (
            parts.scheme == "http" and not is_loopback(parts.hostname),
            "must be https unless the host is loopback",
        ),
    )
    return next((problem for is_wrong, problem in checks if is_wrong), None)


def _is_odd_host(parts: SplitResult) -> bool:
    """Spellings by which one host passes for another, or that no host has: numbers that are no dotted quad, a dot
    at the end, escapes, brackets around what is no address."""
    host = parts.hostname or ""
    if not _NETLOC.fullmatch(parts.netloc) or len(host) > _MOST_HOST_CHARACTERS:
        return True
    if ":" in host:
        return not _is_address(host)
    last = host.rpartition(".")[2]
    looks_numeric = last.isdigit() or last.startswith("0x")
    if not looks_numeric:
        return False
    return not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
