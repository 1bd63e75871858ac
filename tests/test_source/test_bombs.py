"""Texts made to exhaust a reader are refused in a fresh process: quickly, in little memory, without a crash."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

READ = """
import json, resource, sys, time
from agents_sahara.diagnostics.finding import Report
from agents_sahara.source.compose import compose

text = eval(sys.argv[1])
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
report = Report()
compose(text, "bomb.yaml", report)
seconds = time.process_time() - start
grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print(json.dumps({"ids": [f.id for f in report.sorted()], "seconds": seconds, "grown_mb": grown_mb}))
"""

BILLION = "'a0: &a0 [x]\\n' + ''.join(f'a{i}: &a{i} [' + f'*a{i - 1}, ' * 9 + ']\\n' for i in range(1, 10))"
MERGES = (
    "'a0: &a0 {x: 1}\\n' + ''.join(f'a{i}: &a{i} {{<<: [' + f'*a{i-1}, ' * 9 + ']}\\n' for i in range(1, 10))"
)

BOMBS = {
    "200,000 brackets": ("'[' * 200_000", "too-deep"),
    "200,000 braces": ("'{' * 200_000", "too-deep"),
    "200,000 dashes": ("'- ' * 200_000", "too-deep"),
    "200,000 question marks": ("'? ' * 200_000", "too-deep"),
    "mixed brackets": ("'a: [{' * 100_000", "too-deep"),
    "dashes and question marks": ("'- ? ' * 100_000", "too-deep"),
    "a staircase": ("''.join(' ' * i + 'a:\\n' for i in range(2_000))", "too-deep"),
    "a billion laughs": (BILLION, "alias-bomb"),
    "merge keys over aliases": (MERGES, "merge-key"),
    "a million tag directives": ("'%TAG !a! x\\n' * 600_000", "yaml-tag"),
    "a key of 4 MB": ("'a' * 4_000_000 + ': 1'", "yaml-syntax"),
    "a quote of 4 MB": ("'\"' + 'a ' * 2_000_000", "yaml-syntax"),
    "a number of 4 MB": ("'a: ' + '9' * 4_000_000", "bad-number"),
    "a fraction of 4 MB": ("'a: 1.' + '9' * 4_000_000", "bad-number"),
    "4 MB of NUL": ("'\\0' * 4_000_000", "bad-character"),
    "4 MB of tabs": ("'\\t' * 4_000_000", "yaml-syntax"),
    "a million bad numbers": ("'[' + '.inf,' * 1_000_000", "too-many-findings"),
    "too many bytes": ("'#' * (8 * 1024**2 + 1)", "too-large"),
}


@pytest.mark.parametrize(("bomb", "rule"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_quickly_and_in_little_memory(bomb: str, rule: str) -> None:
    done = subprocess.run([sys.executable, "-c", READ, bomb], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    seen = json.loads(done.stdout)
    assert rule in seen["ids"]
    assert seen["seconds"] < 0.5
    assert seen["grown_mb"] < 100
