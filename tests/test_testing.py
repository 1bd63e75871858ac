from __future__ import annotations

import httpx2

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule
from agents_sahara.emulator.wire import Pace


def test_the_fixture_is_a_running_gateway_that_never_waits(sahara_gateway: LocalGateway) -> None:
    sahara_gateway.script([Rule(pace=Pace(delay_s=3600))])
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}
    with httpx2.Client(headers={"x-api-key": "any"}, trust_env=False, verify=False) as client:
        response = client.post(sahara_gateway.base_url + "/chat/completions", json=body)
    assert response.status_code == 200
    assert [call.model for call in sahara_gateway.calls] == ["gpt-4o"]
