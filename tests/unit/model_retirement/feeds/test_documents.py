"""Which files get through, and what is said of those that do not."""

from __future__ import annotations

import os

import pytest

from model_retirement.feeds import documents
from model_retirement.feeds.rows import FeedError


def refused(path) -> str:
    with pytest.raises(FeedError) as refusal:
        documents.load(path)
    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert str(path)[:50] in message
    return message


def test_json_in_utf_8_is_read_with_and_without_a_mark(tmp_path):
    file = tmp_path / "feed.json"
    for mark in (b"", b"\xef\xbb\xbf"):
        file.write_bytes(mark + '{"a": ["é", 1, null]}'.encode())
        assert documents.load(file) == {"a": ["é", 1, None]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"<html>", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON: recursion limit exceeded"),
        (b"[" + b"9" * 5_000 + b"]", "is not valid JSON: number out of range"),
        (b'["\\ud800"]', "is not valid JSON"),
        ("[\u00e9]".encode("latin-1"), "is not UTF-8 (byte 1)"),
        ("[]".encode("utf-16"), "is not UTF-8 (byte 0)"),
        (b"[" + b"{}," * 5_000_000, "holds more than 5,000,000 values"),
    ],
    ids=["empty", "broken", "html", "deep", "long number", "half a character", "latin-1", "utf-16", "many values"],
)
def test_what_is_no_json_is_refused_in_one_line(tmp_path, content, reason):
    file = tmp_path / "feed.json"
    file.write_bytes(content)
    assert reason in refused(file)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is no regular file" in refused(pipe)
    assert "cannot be read: Is a directory" in refused(tmp_path)
    assert "is no regular file" in refused("/dev/zero")


def test_what_cannot_be_opened_is_refused(tmp_path):
    assert "cannot be read: No such file or directory" in refused(tmp_path / "missing.json")
    assert "cannot be read: embedded null byte" in refused(f"{tmp_path}\0")
    assert "cannot be read: File name too long" in refused("x" * 5_000)


def test_a_file_of_more_than_64_mib_is_not_read(tmp_path):
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)  # takes no room on the disk
    assert "is larger than 64 MiB" in refused(large)


def test_a_file_that_grows_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MOST_MEBIBYTES", 0)
    file = tmp_path / "feed.json"
    file.touch()
    as_it_was = file.stat()
    file.write_bytes(b"[]")
    monkeypatch.setattr(os, "fstat", lambda _: as_it_was)
    assert "is larger than 0 MiB" in refused(file)
