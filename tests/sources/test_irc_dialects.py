"""`irc`: logs as other clients write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from threadcommons.sources import READERS, may_open
from threadcommons.sources.base import Head
from threadcommons.sources.irc import recognise

from .reading import Reading, damaged, read_text

READER = READERS["irc"]
IRSSI = b"""\
--- Log opened Tue Mar 05 23:50:00 2019
23:51 -!- user_a [~a@host.example] has joined #maps
23:51 < user_a> is anybody here?
23:52 <@user_b> I am
23:58  * user_a unfolds a map
--- Day changed Wed Mar 06 2019
00:03 <+user_c> so am I, <user_b> too
00:04 -user_d:#maps- a notice
00:05 -!- user_a [~a@host.example] has quit [Quit: bye]
--- Log closed Wed Mar 06 00:10:00 2019
"""
DATED = b"""\
2019-03-05T23:51:07  *** user_a has joined #maps
2019-03-05T23:51:09  <user_a> is anybody here?
[2019-03-05 23:52:00] <@user_b> I am
2019-03-05 23:58:00.250+02:00 * user_a unfolds a map
2019-03-06T00:03:11Z <user_c> so am I, <user_b> too
2019-03-06T00:04:00 * user_a has quit
2019-03-06T00:05:00 * user_b is now known as user_e
"""
WEECHAT = b"""\
2019-03-05 23:51:07\t-->\tuser_a (~a@host.example) has joined #maps
2019-03-05 23:51:09\tuser_a\tis anybody here?
2019-03-05 23:52:00\t@user_b\tI am
2019-03-05 23:58:00\t *\tuser_a unfolds a map
2019-03-06 00:03:11\t+user_c\tso am I, <user_b> too
2019-03-06 00:04:00\t--\tMode #maps [+v user_c] by user_b
2019-03-06 00:05:00\t<--\tuser_a (~a@host.example) has quit (bye)
"""
#: What this client writes when somebody does something looks like what it writes itself.
XCHAT = b"""\
**** BEGIN LOGGING AT Mon Dec 31 23:50:00 2018

Dec 31 23:51:07 *\tuser_a (~a@host.example) has joined #maps
Dec 31 23:51:09 <user_a>\tis anybody here?
Dec 31 23:52:00 <@user_b>\tI am
Dec 31 23:58:00 *\tuser_a unfolds a map
Jan 01 00:03:11 <user_c>\tso am I, <user_b> too
Jan 01 00:05:00 *\tuser_a has quit (bye)
**** ENDING LOGGING AT Tue Jan  1 00:10:00 2019

"""
LOGS = {"irssi": IRSSI, "dated": DATED, "weechat": WEECHAT, "xchat": XCHAT}
#: Who says what, and when each log says so.
SAID = [("user_a", "is anybody here?"), ("user_b", "I am"), ("user_a", "unfolds a map"), ("user_c", "so am I, <user_b> too")]
OLD = ["2019-03-05T23:51", "2019-03-05T23:52", "2019-03-05T23:58", "2019-03-06T00:03"]
AT = {
    "irssi": OLD, "weechat": OLD, "dated": [*OLD[:2], "2019-03-05T21:58", OLD[3]],
    "xchat": ["2018-12-31T23:51", "2018-12-31T23:52", "2019-01-01T00:03"],
}  # fmt: skip


def read_log(folder: Path, data: bytes, **options: Any) -> Reading:
    return read_text(READER, folder, data, "maps.log", options=options)


def times(found: Reading) -> list[str]:
    return [post["created_at"].isoformat()[:16] for post in found.posts if "created_at" in post]


@pytest.mark.parametrize("name", LOGS)
def test_messages_and_actions_of_other_clients_have_the_times_that_their_logs_tell(tmp_path: Path, name: str) -> None:
    assert recognise(Head("unnamed", LOGS[name], len(LOGS[name])))
    found = read_log(tmp_path, LOGS[name])
    told = [one for one in SAID if name != "xchat" or one[1] != "unfolds a map"]
    assert [(post["author"]["name"], post["text"]) for post in found.posts] == told
    assert times(found) == AT[name]
    assert set(found.codes) == {"record.notice"}
    actions = [post["text"] for post in found.posts if any(label["name"] == "action" for label in post.get("labels", ()))]
    assert actions == [text for _, text in told if text == "unfolds a map"]


@pytest.mark.parametrize("name", LOGS)
def test_clocks_are_in_the_zone_that_is_told(tmp_path: Path, name: str) -> None:
    assert times(read_log(tmp_path, LOGS[name], zone="+01:00"))[0][11:] == "22:51"


@pytest.mark.parametrize("mark", [b"--- Log opened", b"**** BEGIN"])
def test_what_stands_before_the_first_mark_of_a_day_has_no_time(tmp_path: Path, mark: bytes) -> None:
    log = IRSSI if mark in IRSSI else XCHAT
    found = read_log(tmp_path, log[log.index(b"\n") + 1 :].replace(b"Jan 01", b"Dec 31"))
    assert len(times(found)) == (1 if log is IRSSI else 0)
    assert len(found.posts) > 2


@pytest.mark.parametrize(
    "data",
    [
        b"2019-03-05 23:51:07\tuser_a\tone\n2019-03-05 23:51:09\tuser_b\ttwo\n2019-03-05 23:52:00\tuser_a\tthree\n",
        b"2019-03-05 23:51:07 INFO started\n2019-03-05 23:51:09 INFO read\n2019-03-05 23:52:00 WARN stopped\n",
        b"23:51 one\n23:52 two\n23:53 three\n",
        b"Mar 05 23:51:07 host cron[1]: one\nMar 05 23:51:08 host cron[1]: two\nMar 05 23:51:09 host cron[1]: three\n",
    ],
    ids=["a table", "a server", "clocks", "a system"],
)
def test_lines_with_times_alone_are_no_log(data: bytes) -> None:
    assert recognise(Head("unnamed", data, len(data))) is None


def test_a_line_that_is_no_line_of_its_log_is_told(tmp_path: Path) -> None:
    found = read_log(tmp_path, IRSSI + b"half a line\n00:06 <user_b> \xff\n")
    assert found.codes == {"record.notice": 6, "record.not-this-format": 1, "record.invalid-utf8": 1}


def test_logs_of_weechat_are_opened_by_their_names() -> None:
    assert may_open(READER, "irc.libera.#maps.weechatlog")


def test_accidents_lose_no_byte(tmp_path: Path) -> None:
    still = sum(len(read_log(tmp_path, data).posts) for data in damaged(list(LOGS.values()), 150, seed=5))
    assert still > 100
