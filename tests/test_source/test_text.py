"""Files that cannot be read as text, and what is said about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.source.text import MOST_BYTES, read_source


def _read(path: Path) -> tuple[str | None, list[tuple[str, str]]]:
    report = Report()
    text = read_source(path, report, name="team.yaml")
    found = report.sorted()
    assert {finding.where for finding in found} <= {"team.yaml:1:1"}
    return text, [(finding.id, finding.message) for finding in found]


def test_a_file_is_read_without_its_byte_order_mark_and_with_its_newlines(tmp_path: Path) -> None:
    path = tmp_path / "team.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    assert _read(path) == ("a: \u00e9\r\n", [])


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    message = "the file cannot be read: no such file or directory"
    assert _read(tmp_path / "no.yaml") == (None, [("unreadable-file", message)])


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 5000, "surrogate\udcff"])
def test_a_name_that_no_file_can_have_is_a_finding(tmp_path: Path, name: str) -> None:
    text, found = _read(tmp_path / name)
    assert text is None
    assert [rule for rule, _ in found] == ["unreadable-file"]


def test_a_folder_a_device_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, Path("/dev/zero"), pipe):
        assert _read(path) == (None, [("unreadable-file", "this is not a regular file")])


def test_a_file_over_the_cap_is_refused_and_one_at_the_cap_is_read(tmp_path: Path) -> None:
    path = tmp_path / "team.yaml"
    path.write_bytes(b"#" * MOST_BYTES)
    assert _read(path) == ("#" * MOST_BYTES, [])
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    assert _read(path) == (None, [("too-large", "the file is larger than 8 MiB")])


def test_a_byte_that_is_not_utf8_is_found_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "team.yaml"
    path.write_bytes("\ufeffa: 1\r\né: ".encode() + b"\xe9\n")
    report = Report()
    assert read_source(path, report, name="t") is None
    (finding,) = report.sorted()
    assert finding.place == Place("t", 2, 4, 2, 5)
    assert finding.message == "the byte 0xe9 is not UTF-8"
