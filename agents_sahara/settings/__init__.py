"""What the operator configured: the key, the gateway's address, how many calls at once, where the usage record lies.

Read once, from the environment. Knows nothing of team files. The key's variable names and the default base URL are
those of the Sahara API documentation (checked 2026-11-22).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agents_sahara.errors import SettingsError
from agents_sahara.settings.address import base_url_problem as base_url_problem
from agents_sahara.settings.address import is_loopback as is_loopback
from agents_sahara.settings.secret import Secret as Secret
from agents_sahara.settings.secret import secrets_of as secrets_of
from agents_sahara.settings.secret import spellings as spellings

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
    """Whether Python looks for garbage less often while many runs are under way; None is as SAHARA_FAST says, on
    without it."""
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
        """Whether what belongs to the whole process may be set for speed while many runs are under way.

        Raises:
            SettingsError: SAHARA_FAST is neither `on` nor `off`.
        """
        return is_fast_wanted() if self.fast is None else self.fast

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
    """Whether what SAHARA_FAST switches is used: uvloop, where it is installed, and a calmer garbage collector.

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
