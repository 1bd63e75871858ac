"""docs/LOCAL_GATEWAY.md is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents_sahara.emulator.catalog_file import read_catalog
from agents_sahara.emulator.faults import MALFORMED
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script_file import read_script

TEXT = (Path(__file__).parents[2] / "docs" / "LOCAL_GATEWAY.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
YAML = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("code", PYTHON, ids=["openai", "langchain", "tests"])
def test_each_python_block_runs(gateway: LocalGateway, code: str) -> None:
    exec(code.replace("http://127.0.0.1:8321/api/compute", gateway.base_url), {})


def test_each_yaml_block_is_read(tmp_path: Path) -> None:
    catalog, script = YAML
    path = tmp_path / "file.yaml"
    path.write_text(catalog, encoding="utf-8")
    assert len(read_catalog(path).pairs) == 3
    path.write_text(script, encoding="utf-8")
    assert len(read_script(path)) == 4


def test_every_named_fault_is_listed() -> None:
    listed = TEXT[TEXT.index("Named faults:") :].partition("\n\n")[0]
    assert re.findall(r"`(\w+)`", listed) == list(MALFORMED)
