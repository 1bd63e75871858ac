"""pytest fixtures for teams and clients that talk to the gateway: no key, no network, no waiting.

In a `conftest.py`: `pytest_plugins = ["agents_sahara.testing"]`. Then a test asks for `sahara_gateway`, points its
client at `sahara_gateway.base_url` with any key, and looks at `sahara_gateway.calls` afterwards.

```python
from agents_sahara.emulator.script import Fail, Rule

def test_my_bot_says_sorry_when_the_gateway_is_down(sahara_gateway):
    sahara_gateway.script([Rule(Fail(500))])
    ...
    assert len(sahara_gateway.calls) == 3
```
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents_sahara.emulator.gateway import LocalGateway


@pytest.fixture
def sahara_gateway() -> Iterator[LocalGateway]:
    """A running gateway with the documented catalog, of this test alone; delays of scripts take no time."""
    with LocalGateway(sleep=no_sleep) as gateway:
        yield gateway


async def no_sleep(seconds: float) -> None:
    """A delay that is over at once."""
