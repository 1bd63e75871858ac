"""Redis, through the SDK's `RedisSession` (extra `[redis]`).

A conversation is held by a key with a random value that runs out unless it is renewed (Redis documentation,
"Distributed Locks", single instance, checked 2026-11-28). What is kept is as safe as the server is set up to keep it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from agents.extensions.memory import RedisSession
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from agents_sahara.errors import SessionError, SessionHostError
from agents_sahara.sessions.server import Addition

if TYPE_CHECKING:
    from agents.memory import Session

PREFIX = "agents_sahara"

_LEASE_MS = 30_000
_RENEW_S = 8.0
_TIMEOUT_S = 10.0
_SIZE = 20
"""Connections of one event loop; more turns at once wait for one."""

_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""
_APPEND = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
local last, number = redis.call('lindex', KEYS[2], -1), 0
if last then
    number = string.match(last, '^{"type":"[%w_.]+","version":%d+,"of":"%x+","number":(%d+),') or -1
end
if tonumber(number) ~= tonumber(ARGV[2]) - 1 then return 0 end
for list = 4, 2, -2 do
    redis.call('hsetnx', KEYS[list + 1], 'created_at', ARGV[7])
    redis.call('hset', KEYS[list + 1], 'session_id', ARGV[list / 2 + 7], 'updated_at', ARGV[7])
    redis.call('rpush', KEYS[list], ARGV[list + 1])
    if ARGV[list + 2] ~= '' then redis.call('ltrim', KEYS[list], -tonumber(ARGV[list + 2]), -1) end
end
return 1
"""
"""A script runs alone, and what it has done stays where it fails (Redis documentation, "Scripting with Lua", checked
2026-11-28): so the turn comes last."""


def where_of(url: str) -> str:
    """The server as people may see it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}{parts.path}"


class RedisBackend:
    """The connections of one event loop."""

    def __init__(self, url: str, client: Redis) -> None:
        self._where = where_of(url)
        self._client = client
        self._held: dict[int, tuple[str, asyncio.Task[None]]] = {}
        self._renew = client.register_script(_RENEW)
        self._append = client.register_script(_APPEND)
        self._release = client.register_script(_RELEASE)

    @classmethod
    async def connect(cls, url: str) -> RedisBackend:
        """Reach the server.

        Raises:
            SessionError: it cannot be reached, refuses, or is set up to throw away what it was told to keep.
        """
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_SIZE,
            timeout=_TIMEOUT_S,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
        )
        made = cls(url, Redis.from_pool(pool))
        try:
            memory = await made._client.info("memory")
        except Exception as problem:
            await made.aclose()
            failure = made.explain(problem)
            if failure is None:
                raise
            raise failure from None
        policy = str(memory.get("maxmemory_policy", "noeviction"))
        if policy.startswith("allkeys"):
            await made.aclose()
            raise made._loses(policy)
        return made

    def _loses(self, policy: str) -> SessionError:
        return SessionError(
            f"{self._where} throws away conversations without a word when its memory is full ({policy})",
            fault="unusable",
            mend="set its maxmemory-policy to noeviction, or keep conversations elsewhere",
            where=self._where,
        )

    def session(self, name: str) -> Session:
        """The SDK's session of that name."""
        return RedisSession(name, redis_client=self._client, key_prefix=PREFIX)

    async def append(self, added: Addition) -> bool:
        """Write the turn in one script, which sees to it that the lease has not run out since it was taken."""
        token, _ = self._held.get(added.place, ("", None))
        keys = [
            _lock(added.place),
            *(f"{PREFIX}:{name}{of}" for name in (added.name, added.family) for of in (":messages", "")),
        ]
        keep = "" if added.keep is None else added.keep
        said = [token, added.number, added.item, keep, added.latest, 1, int(time.time())]
        return bool(token) and bool(await self._append(keys=keys, args=[*said, added.name, added.family]))

    async def try_take(self, place: int) -> bool:
        """Take the lease `place`, and renew it until it is let go."""
        token = uuid4().hex
        if not await self._client.set(_lock(place), token, nx=True, px=_LEASE_MS):
            return False
        self._held[place] = token, asyncio.create_task(self._keep_alive(place, token))
        return True

    async def _keep_alive(self, place: int, token: str) -> None:
        while True:
            await asyncio.sleep(_RENEW_S)
            with suppress(RedisError, OSError):  # the next renewal, or the writing of the turn, finds out
                if not await self._renew(keys=[_lock(place)], args=[token, _LEASE_MS]):
                    return

    async def release(self, place: int) -> None:
        """Let go of the lease; one that cannot be let go runs out."""
        token, renewing = self._held.pop(place, ("", None))
        if renewing is None:
            return
        renewing.cancel()
        await asyncio.wait([renewing])
        with suppress(RedisError, OSError):
            await self._release(keys=[_lock(place)], args=[token])

    async def aclose(self) -> None:
        """Close the connections."""
        for place in list(self._held):
            await self.release(place)
        await self._client.aclose()
        await self._client.connection_pool.disconnect()

    def explain(self, problem: Exception) -> SessionError | None:
        """What a failure means; what was to be kept is not shown."""
        name = type(problem).__name__
        if isinstance(problem, OSError | TimeoutError) or name in _UNREACHABLE:
            reason = getattr(problem, "strerror", None) or name
            return SessionHostError(
                f"the server of conversations {self._where} cannot be reached: {reason}",
                fault="unreachable",
                mend="see that it runs, and that address and password in `session` are right",
                where=self._where,
            )
        if not isinstance(problem, RedisError):
            return None
        is_full = name == "OutOfMemoryError" or str(problem).startswith("OOM")
        return SessionError(
            f"the conversations in {self._where} cannot be {'written' if is_full else 'used'}: {name}",
            fault="full" if is_full else "unusable",
            mend="give the server more memory" if is_full else "look at the server's log",
            where=self._where,
        )


_UNREACHABLE = (
    "ConnectionError",
    "TimeoutError",
    "AuthenticationError",
    "AuthorizationError",
    "BusyLoadingError",
)


def _lock(place: int) -> str:
    return f"{PREFIX}:turn:{place}"
