"""What the operator configured: the key, the gateway's address, how many calls at once, where the usage record lies.

Read once, from the environment. Knows nothing of team files. The key's variable names and the default base URL are
those of the Sahara API documentation (checked 2026-11-22).
"""

from __future__ import annotations

import html
import ipaddress
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, quote, urlsplit

from agents_sahara.errors import SettingsError

KEY_NAMES = ("SAHARA_API_KEY", "SAHARA_DEVPORTAL_API_KEY")
"""Where the key is looked for, first match first; the second is the API documentation's name for it."""

BASE_URL_NAME = "SAHARA_BASE_URL"

MAX_IN_FLIGHT_NAME = "SAHARA_MAX_IN_FLIGHT"
MAX_IN_FLIGHT = 1000
"""Calls that a process has under way at once unless told otherwise."""
_MOST_IN_FLIGHT = 10_000

STATE_NAME = "SAHARA_STATE_DIR"
RECORD_NAME = "SAHARA_USAGE_RECORD"
FAST_NAME = "SAHARA_FAST"

DEFAULT_BASE_URL = "https://portal.saharalabs.ai/api/compute"
"""Sahara API documentation, "Model Inference by Raw HTTP Request" (checked 2026-11-22)."""

LOCAL_KEY = "local-gateway-needs-no-key"
"""What is sent to the local gateway: it has the shape of a key and opens nothing."""

_PLACEHOLDER = "your-api-key"
_MOST_KEY_CHARACTERS = 4096


_LEAST_ENCODED = 6
"""A shorter piece of base64 is found in any text."""

_SECRET_ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD")
_LEAST_SECRET = 6
"""A shorter value is no secret, and would be found in any text."""

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NETLOC = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::\d*)?", re.IGNORECASE)
"""A name that DNS can hold or an address, and a port: what openai, httpx2 and `socket` read alike."""
_MOST_HOST_CHARACTERS = 253


def spellings(secret: str) -> tuple[str, ...]:
    """How a gateway or a traceback may spell `secret`: raw, quoted for URLs, JSON, HTML or Python, in base64."""
    if not secret:
        return ()
    plain = {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    found = plain | {html.escape(secret)} | set(_in_base64(secret.encode("utf-8", "surrogateescape")))
    return tuple(sorted(found, key=len, reverse=True))


def secrets_of(environ: Mapping[str, str]) -> Iterator[str]:
    """The values of all variables that are named like a secret."""
    for name, value in environ.items():
        value = value.strip()
        if name.upper().endswith(_SECRET_ENDINGS) and len(value) >= _LEAST_SECRET:
            yield value


def _in_base64(data: bytes) -> Iterator[str]:
    """`data` alone, and as it looks behind 0, 1 or 2 other bytes, without the digits that it shares with them."""
    texts = [b64encode(data).decode("ascii")]
    for before in range(3):
        digits = b64encode(bytes(before) + data).decode("ascii")
        texts.append(digits[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    for text in texts:
        if len(text) >= _LEAST_ENCODED:
            yield text
            yield text.replace("+", "-").replace("/", "_")


class Secret:
    """A text that shows itself nowhere: not in `repr`, `str`, formatting, comparison output or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def scrub(self, text: str) -> str:
        """`text` with the secret, however it is spelled there, replaced by `***`."""
        for spelling in spellings(self._text):
            text = text.replace(spelling, "***")
        return text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")


def read_key(name: str, text: str) -> Secret:
    """The key in the variable `name`, without the white space around it.

    Raises:
        SettingsError: it cannot be a key. The message never shows it.
    """
    key = text.strip()
    mend = f"set {name} to the key exactly as the developer portal shows it"
    if not key:
        raise SettingsError(f"the variable {name} is empty", mend=mend, where=name)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(f"the variable {name} holds characters that no key has", mend=mend, where=name)
    if len(key) > _MOST_KEY_CHARACTERS:
        raise SettingsError(f"the variable {name} is too long to be a key", mend=mend, where=name)
    if key == _PLACEHOLDER:
        raise SettingsError(
            f"the variable {name} holds the documentation's placeholder", mend=mend, where=name
        )
    return Secret(key)


def is_loopback(host: str | None) -> bool:
    """Whether `host`, as a URL spells it, is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


@dataclass(frozen=True, slots=True)
class Settings:
    """The key and address of the gateway, and what the operator said of calls and records."""

    api_key: Secret | None = None
    base_url: str = DEFAULT_BASE_URL
    """Without a slash at the end."""
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    """Where `api_key_env` of an endpoint is looked up; None is the process environment."""
    max_in_flight: int = MAX_IN_FLIGHT
    """A call begins only while fewer than this many are under way in the process, those of other teams too."""
    is_local: bool = False
    """Every provider's calls go to `base_url`, foreign endpoints' too: the local gateway answers all."""
    warnings: tuple[str, ...] = ()
    """What the operator should know about these settings."""
    usage_record: bool | None = None
    """Whether each run leaves a line in the usage record; None is as SAHARA_USAGE_RECORD says, on without it."""
    fast: bool | None = None
    """Whether calls go over aiohttp, where the extra `[fast]` is installed; None is as SAHARA_FAST says, on without
    it."""
    state_dir: Path | None = None
    """Where the usage record lies; None is as `state_folder` says of the process environment."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the variables; the result holds no key where none is set.

        Raises:
            SettingsError: a variable is set and cannot be used.
        """
        source = os.environ if environ is None else environ
        found = [(name, read_key(name, source[name])) for name in KEY_NAMES if name in source]
        warnings: tuple[str, ...] = ()
        if len(found) > 1 and found[0][1] != found[1][1]:
            warnings = (f"{found[0][0]} and {found[1][0]} are set and differ: {found[0][0]} is used",)
        return cls(
            api_key=found[0][1] if found else None,
            base_url=_read_base_url(source.get(BASE_URL_NAME)),
            environ=environ,
            max_in_flight=_read_max_in_flight(source.get(MAX_IN_FLIGHT_NAME)),
            warnings=warnings,
            usage_record=records_usage({**os.environ, **source}),
            fast=_is_on(FAST_NAME, {**os.environ, **source}),
            state_dir=state_folder({**os.environ, **source}),
        )

    @classmethod
    def local(cls, base_url: str) -> Settings:
        """For the local gateway at `base_url`: no key of the operator's is read or sent."""
        return cls(api_key=Secret(LOCAL_KEY), base_url=base_url.rstrip("/"), environ={}, is_local=True)

    def require_key(self) -> Secret:
        """The key.

        Raises:
            SettingsError: none is set.
        """
        if self.api_key is None:
            raise SettingsError(
                f"no key: neither {KEY_NAMES[0]} nor {KEY_NAMES[1]} is set",
                mend=f"create a key at https://portal.saharalabs.ai, then `export {KEY_NAMES[0]}=...`; "
                "or try it without a key: with `--local`, or `local=True` in Python",
                where=KEY_NAMES[0],
            )
        return self.api_key

    def is_fast(self) -> bool:
        """Whether calls go over aiohttp.

        Raises:
            SettingsError: SAHARA_FAST is neither `on` nor `off`.
        """
        wanted = is_fast_wanted() if self.fast is None else self.fast
        return wanted and find_spec("aiohttp") is not None

    def usage_folder(self) -> Path | None:
        """Where runs leave a line each about what they used; None where they leave none.

        Raises:
            SettingsError: SAHARA_USAGE_RECORD is neither `on` nor `off`.
        """
        wanted = records_usage(os.environ) if self.usage_record is None else self.usage_record
        state = self.state_place() if wanted else None
        return None if state is None else state / "usage"

    def state_place(self) -> Path | None:
        """The folder for what stays on this machine; None where the user has no home."""
        return self.state_dir or state_folder(os.environ)

    def tool_environ(self) -> Mapping[str, str]:
        """The variables from which servers of tools get those that the team file names."""
        return os.environ if self.environ is None or self.is_local else self.environ

    def endpoint_key(self, name: str) -> Secret:
        """The key of an endpoint of its own, from the variable that the team file names.

        Raises:
            SettingsError: the variable is not set, or holds no key.
        """
        source = os.environ if self.environ is None else self.environ
        if name not in source:
            raise SettingsError(
                f"the variable {name}, which the team file names in api_key_env, is not set",
                mend=f"`export {name}=...`, or remove api_key_env if the endpoint needs no key",
                where=name,
            )
        return read_key(name, source[name])


def _read_max_in_flight(text: str | None) -> int:
    if text is None or not text.strip():
        return MAX_IN_FLIGHT
    digits = text.strip()
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else 0
    if not 1 <= number <= _MOST_IN_FLIGHT:
        raise SettingsError(
            f"{MAX_IN_FLIGHT_NAME} is {digits[:40]!r}, which is no number from 1 to {_MOST_IN_FLIGHT}",
            mend=f"set it to how many calls may be under way at once, or unset it for {MAX_IN_FLIGHT}",
            where=MAX_IN_FLIGHT_NAME,
        )
    return number


def records_usage(environ: Mapping[str, str]) -> bool:
    """Whether SAHARA_USAGE_RECORD, where it is set, lets runs leave a line each in the usage record.

    Raises:
        SettingsError: it is neither `on` nor `off`.
    """
    return _is_on(RECORD_NAME, environ)


def is_fast_wanted() -> bool:
    """Whether what the extra `[fast]` brings is used where it is installed, as SAHARA_FAST says.

    Raises:
        SettingsError: it is neither `on` nor `off`.
    """
    return _is_on(FAST_NAME, os.environ)


def _is_on(name: str, environ: Mapping[str, str]) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "on", "off"):
        raise SettingsError(f"the variable {name} is {text[:40]!r}", mend="set it to on or off", where=name)
    return text != "off"


def state_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """SAHARA_STATE_DIR, else the user's state folder on this platform; None where the user has no home.

    XDG Base Directory Specification 0.8 (a relative path there is to be ignored); Apple's "File System Programming
    Guide"; on Windows the folder that is not carried to other machines (checked 2026-11-22).
    """
    chosen = environ.get(STATE_NAME, "").strip()
    try:
        if chosen:
            return Path(chosen).expanduser().absolute()
        return _user_state(environ, platform) / "agents_sahara"
    except RuntimeError:
        return None


def _user_state(environ: Mapping[str, str], platform: str) -> Path:
    if platform == "win32" and environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"])
    named = Path(environ.get("XDG_STATE_HOME", ""))
    if platform not in ("darwin", "win32") and named.is_absolute():
        return named
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return home.joinpath(*_IN_HOME.get(platform, (".local", "state")))


_IN_HOME = {"darwin": ("Library", "Application Support"), "win32": ("AppData", "Local")}


def _read_base_url(text: str | None) -> str:
    if text is None or not text.strip():
        return DEFAULT_BASE_URL
    url = text.strip().rstrip("/")
    problem = base_url_problem(url)
    if problem is not None:
        raise SettingsError(
            f"the base URL in {BASE_URL_NAME} {problem}",
            mend=f"set it to an address such as {DEFAULT_BASE_URL}, or unset it",
            where=BASE_URL_NAME,
        )
    return url
