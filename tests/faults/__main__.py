"""`python -m tests.faults`: plays the fault matrix and prints how each row ended; 1 where any ended otherwise.

`--peers` also plays the part of it that other stacks can be asked, against those that are installed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.faults.cuts import cuts
from tests.faults.matrix import PLAYS, ROWS, VARIANTS, play, play_situations, verdict
from tests.faults.peers import PEER_CASES, WORDS, print_peers
from tests.faults.play import Seen


def main(arguments: Sequence[str] | None = None) -> int:
    """Play and print; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="also play other stacks that are installed")
    parser.add_argument("--every-byte", action="store_true", help="cut answers at every byte; takes minutes")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each case")
    options = parser.parse_args(arguments)
    started, cpu = time.monotonic(), time.process_time()
    wrong = [*_wire(options.every_byte, is_verbose=options.verbose), *_situations()]
    print(f"\nwall {time.monotonic() - started:.1f} s, CPU {time.process_time() - cpu:.1f} s")
    for text in wrong:
        print(f"\nNOT AS EXPECTED: {text}")
    if options.peers:
        print()
        _ours()
        print_peers(is_verbose=options.verbose)
    return 1 if wrong else 0


def _ours() -> None:
    """How this package does on the part of the matrix that others are asked too."""
    played = play(PEER_CASES)
    print(f"agents_sahara      {_counts(played.seen)} ({played.wall_s:.0f} s)")


def _wire(has_every_cut: bool, *, is_verbose: bool) -> Iterator[str]:
    more = cuts(1) if has_every_cut else ()
    played = play([(case, way) for case in (*PLAYS, *VARIANTS, *more) for way in case.ways])
    yield from (f"left on the event loop: {task}" for task in played.left)
    print(f"{'row':>3}  {'cases':>5}  {'as expected':>11}  outcomes")
    for row, title in {**ROWS, 0: "variants"}.items():
        some = [seen for seen in played.seen if seen.play.row == row]
        if some:
            print(_line(row, title, some))
        for seen in some:
            if is_verbose:
                print(f"{'':12}{seen.way:>6}  {seen.outcome:<11} {seen.seconds:5.2f} s  {seen.play.name}")
            if found := verdict(seen):
                yield f"row {row}, {seen.play.name}, team.{seen.way}: {found}"
    print(f"\nall cases ({played.wall_s:.1f} s):", _counts(played.seen))
    for way in ("run", "stream"):
        print(f"  team.{way}:", _counts(seen for seen in played.seen if seen.way == way))


def _line(row: int, title: str, some: Sequence[Seen]) -> str:
    good = sum(not verdict(seen) for seen in some)
    words = Counter(seen.outcome for seen in some)
    told = ", ".join(f"{words[word]} {word}" for word in WORDS if words[word])
    return f"{row or '':>3}  {len(some):>5}  {good:>11}  {told:<46} {title}"


def _counts(some: Iterable[Seen]) -> str:
    words = Counter(seen.outcome for seen in some)
    return f"{words.total()}: " + ", ".join(f"{words[word]} {word}" for word in WORDS)


def _situations() -> Iterator[str]:
    print("\nrow  as expected")
    for row, situation, wrong in play_situations():
        print(f"{row:>3}  {'no' if wrong else 'yes':<11}  {ROWS[row]} ({situation.__name__})")
        yield from (f"row {row}, {situation.__name__}: {text}" for text in wrong)


if __name__ == "__main__":
    sys.exit(main())
