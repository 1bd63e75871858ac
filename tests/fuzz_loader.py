"""Mutate team files and load them: `python -m tests.fuzz_loader --count 200000`.

Whatever the bytes, loading gives findings or a graph: no exception, no hang, and always the same answer.
A failure is printed with its seed; `--seed N --count 1` repeats it.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from agents_sahara.diagnostics.render import render
from agents_sahara.loader import read_team
from agents_sahara.trust.consent import Consent
from tests.broken_files import FOLDER
from tests.documents import GOOD, as_text, mutated

SLOWEST_S = 1.0
"""CPU seconds that one small file may take."""

_TOKENS = re.compile(rb"[A-Za-z_]+|\d+|\s+|.", re.DOTALL)
_ODD = (
    *(
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\t",
        b"\r",
        b"\n---\n",
        b"\n...\n",
        b"&a ",
        b"*a",
    ),
    *(
        b"<<: ",
        b"!!python/name:os.system ",
        b"%TAG ! x\n",
        b"? ",
        b"- ",
        b": ",
        b"{{",
        b"}}",
        b"{{{{",
        b"${",
        b"$$",
    ),
    *(
        b"[" * 70,
        b"{" * 70,
        b"'",
        b'"',
        b"|",
        b">",
        b"#",
        b"~",
        b"null",
        b"1e999",
        b"0x",
        b".inf",
        b"9" * 5000,
    ),
    *(
        b"include: [x.yaml]\n",
        b"profiles: {p: {agents: {}}}\n",
        b"entry: ",
        b"\xef\xbb\xbf",
        b"\xc2\x85",
        b"x" * 3000,
    ),
)

Mutation = Callable[[bytes, "random.Random"], bytes]


def corpus() -> list[bytes]:
    """What is mutated: the broken files, the finished teams and two large good documents."""
    configs = FOLDER.parent.parent / "configs"
    paths = [*sorted(FOLDER.glob("*.yaml")), *sorted(configs.glob("*.yaml"))]
    return [path.read_bytes() for path in paths] + [as_text(document).encode() for document in GOOD]


def flip_bytes(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data or b" ")
    for _ in range(dice.randint(1, 4)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def insert_odd(data: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + dice.choice(_ODD) + data[at + dice.randint(0, 3) :]


def swap_tokens(data: bytes, dice: random.Random) -> bytes:
    tokens = _TOKENS.findall(data) or [b" "]
    for _ in range(dice.randint(1, 3)):
        one, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return b"".join(tokens)


def repeat_line(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * dice.randint(2, 40), *lines[at + 1 :]])


def indent_line(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    lines[at] = b" " * dice.randint(1, 5) + lines[at] if dice.random() < 0.5 else lines[at].lstrip()
    return b"\n".join(lines)


def cut(data: bytes, dice: random.Random) -> bytes:
    start = dice.randint(0, len(data))
    return data[:start] + data[dice.randint(start, len(data)) :]


MUTATIONS: tuple[Mutation, ...] = (flip_bytes, insert_odd, swap_tokens, repeat_line, indent_line, cut)


def mutant(files: list[bytes], seed: int) -> bytes:
    """The broken file of this seed."""
    dice = random.Random(seed)
    if dice.random() < 0.15:
        return as_text(mutated(dice.choice(GOOD), seed)).encode()
    data = dice.choice(files)
    if dice.random() < 0.2:
        other = dice.choice(files)
        data = data[: dice.randint(0, len(data))] + other[dice.randint(0, len(other)) :]
    for _ in range(dice.randint(1, 3)):
        data = dice.choice(MUTATIONS)(data, dice)
    return data


def problem(data: bytes, path: Path) -> str | None:
    """What is wrong with how this file is loaded, or None."""
    path.write_bytes(data)
    start = time.process_time()
    try:
        loaded = read_team(path, environ={}, consent=Consent())
        render(loaded.findings, format="text", texts=loaded.texts, files=1)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding of this program
        return f"{type(error).__name__}: {error}"
    seconds = time.process_time() - start
    if seconds > SLOWEST_S:
        return f"took {seconds:.1f} s of CPU"
    has_errors = any(finding.severity == "error" for finding in loaded.findings)
    if has_errors != (loaded.graph is None):
        return "a graph and errors, or neither"
    return None


def fuzz(count: int, first_seed: int) -> list[str]:
    """Load `count` mutants; the result names each that failed."""
    files, failures = corpus(), []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "team.yaml"
        for seed in range(first_seed, first_seed + count):
            found = problem(mutant(files, seed), path)
            if found is not None:
                failures.append(f"--seed {seed}: {found}")
    return failures


def main() -> int:
    """Print each failure; 1 where there is any."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_loader", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failures = fuzz(options.count, options.seed)
    print("\n".join(failures) or f"{options.count} files: no traceback, no hang, no crash")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
