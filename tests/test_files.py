"""Exports are opened only when they are plain files; what we write appears whole or not at all."""

import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from threadcommons.errors import ThreadCommonsError, UnsafeFile
from threadcommons.files import (
    fresh_folder,
    fsync_dir,
    fsync_tree,
    list_files,
    move_into_place,
    only_one,
    open_plain,
    read_plain,
    shown,
    why_unsafe,
    write_atomically,
)

SOURCE_TREE = str(Path(__file__).resolve().parents[1] / "src")


def child(code, *arguments):
    """A process of its own that can be killed without harm."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env={"PYTHONPATH": SOURCE_TREE}, stdout=subprocess.PIPE
    )


# -- opening ------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.txt"
    path.write_bytes(b"as it came")
    return path


def test_a_plain_file_is_read(plain):
    assert why_unsafe(plain) is None
    assert read_plain(plain) == b"as it came"
    handle = open_plain(plain)
    assert not os.get_inheritable(handle)
    os.close(handle)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


UNSAFE = {
    "a link": (lambda path, plain: path.symlink_to(plain), "is a symbolic link"),
    "a link to nothing": (lambda path, plain: path.symlink_to(plain.with_name("gone")), "is a symbolic link"),
    "a hard link": (lambda path, plain: path.hardlink_to(plain), "is shared with another name by a hard link"),
    "a pipe": (lambda path, _: os.mkfifo(path), "is not a regular file"),
    "a folder": (lambda path, _: path.mkdir(), "is not a regular file"),
    "a socket": (lambda path, _: make_socket(path), "is not a regular file"),
}


@pytest.mark.parametrize(("make", "reason"), UNSAFE.values(), ids=UNSAFE)
def test_anything_else_is_refused_and_never_opened(make, reason, plain, tmp_path, monkeypatch):
    path = tmp_path / "export.txt"
    monkeypatch.chdir(tmp_path)
    make(path.relative_to(tmp_path), plain)
    assert why_unsafe(path) == reason
    for look in (open_plain, read_plain):
        with pytest.raises(UnsafeFile, match=reason) as refused:
            look(path)
        assert refused.value.where == "export.txt"
        assert refused.value.hint


def test_the_other_name_of_a_hard_link_is_refused_too(plain):
    plain.with_name("twin").hardlink_to(plain)
    with pytest.raises(UnsafeFile):
        read_plain(plain)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        why_unsafe(tmp_path / "nothing")


def test_a_file_swapped_for_a_link_after_the_look_is_not_followed(plain, tmp_path, monkeypatch):
    """The look and the opening are two moments; the second one must not follow links either."""
    path = tmp_path / "swapped.txt"
    path.symlink_to(plain)
    monkeypatch.setattr("threadcommons.files.why_unsafe", lambda _: None)
    with pytest.raises(OSError, match="symbolic link"):
        read_plain(path)


def test_the_name_in_the_message_cannot_forge_a_line(tmp_path):
    path = tmp_path / "a\nerror: all is well"
    path.symlink_to("nowhere")
    with pytest.raises(UnsafeFile) as refused:
        read_plain(path)
    assert "\n" not in str(refused.value)


# -- showing ------------------------------------------------------------------------------------

#: Letters and marks by category, yet without any width or ink.
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"


def test_no_control_and_no_separator_but_the_space_is_shown_as_itself():
    characters = map(chr, range(sys.maxunicode + 1))
    hidden = "".join(ch for ch in characters if unicodedata.category(ch)[0] in "CZ" and ch != " ")
    assert len(hidden) > 100_000
    assert shown(hidden).isascii()
    assert shown(hidden).isprintable()
    assert shown(hidden).count("\\") == len(hidden)


def test_what_turns_or_hides_text_is_spelt_out():
    assert shown("photo\u202egnp.exe") == r"photo\u202egnp.exe"
    assert shown("a\u2066b\u2069c\u200bd\ufeffe\u061cf\u200ff") == r"a\u2066b\u2069c\u200bd\ufeffe\u061cf\u200ff"
    assert shown("a\nb\tc\rd\x00e\x1b[31m\x85\u2028") == r"a\nb\tc\rd\x00e\x1b[31m\x85\u2028"
    assert shown("tag\U000e0041 half\ud800") == r"tag\U000e0041 half\ud800"


def test_letters_of_all_scripts_stay():
    for text in (
        "posts.jsonl",
        "Zuschrift f\u00fcr \u00c4nne",
        "\u0434\u0438\u0430\u043b\u043e\u0433",
        "\u5bf9\u8bdd",
        "\u0645\u062d\u0627\u062f\u062b\u0629",
        "\U0001f4a1",
        "e\u0301",
        "\u2801\ufe10",
    ):
        assert shown(text) == text


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda ch: f"U+{ord(ch):04X}")
def test_letters_and_marks_that_nobody_sees_are_spelt_out(character):
    assert shown(f"a{character}b").isascii()


# -- writing ------------------------------------------------------------------------------------


@pytest.fixture
def done(monkeypatch):
    """What is made durable, with the bytes that a file has then, and when something gets another name."""
    told, fsync = [], os.fsync

    def synced(handle):
        path = Path(f"/proc/self/fd/{handle}").readlink()
        told.append((path, path.read_bytes() if path.is_file() else None))
        fsync(handle)

    def renaming(rename):
        def renamed(path, target):
            told.append("rename")
            return rename(path, target)

        return renamed

    monkeypatch.setattr(os, "fsync", synced)
    for way in ("rename", "replace"):
        monkeypatch.setattr(Path, way, renaming(getattr(Path, way)))
    return told


def test_a_file_is_durable_before_it_has_its_name_and_so_is_the_name(tmp_path, done):
    write_atomically(tmp_path / "receipt.json", b"whole")
    assert done == [(tmp_path / ".receipt.json.aside", b"whole"), "rename", (tmp_path, None)]


def test_a_file_is_written_and_written_over(tmp_path):
    path = tmp_path / "receipt.json"
    for data in (b"one", b"", b"three"):
        write_atomically(path, data)
        assert path.read_bytes() == data
        assert [path.name for path in tmp_path.iterdir()] == ["receipt.json"]


def test_what_a_killed_writer_left_aside_does_not_stop_the_next(tmp_path):
    (tmp_path / ".receipt.json.aside").write_bytes(b"half of someth")
    write_atomically(tmp_path / "receipt.json", b"whole")
    assert [path.name for path in list_files(tmp_path)] == ["receipt.json"]


#: Writes forever, all `a` and all `b` in turn, in the way that the first argument names.
WRITER = """
import sys
from pathlib import Path
from threadcommons.files import write_atomically
way = {"atomically": write_atomically, "in place": Path.write_bytes}[sys.argv[1]]
path = Path(sys.argv[2])
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        way(path, letter * 8_000_000)
"""


def torn(way, path, rounds):
    """In how many of `rounds` kills at a random moment the file was neither wholly old nor wholly new."""
    chance = random.Random(20260501)
    damaged = 0
    for _ in range(rounds):
        path.write_bytes(b"a" * 8_000_000)
        writer = child(WRITER, way, str(path))
        writer.stdout.readline()
        time.sleep(chance.uniform(0.005, 0.06))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        data = path.read_bytes()
        damaged += len(data) != 8_000_000 or data.count(data[:1]) != len(data)
    return damaged


def test_a_kill_leaves_the_old_bytes_or_the_new(tmp_path):
    assert torn("atomically", tmp_path / "file", 10) == 0


def test_the_same_kills_tear_a_file_that_is_written_in_place(tmp_path):
    assert torn("in place", tmp_path / "file", 10) > 0


#: Kills itself at the n-th time that it opens or renames something; Python tells a hook before each.
DOOMED = """
import os, signal, sys
from pathlib import Path
from threadcommons.files import write_atomically
left = [int(sys.argv[2])]

def watch(event, args):
    if event in ("open", "os.rename"):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
write_atomically(Path(sys.argv[1]), b"new")
"""


def test_a_kill_before_each_single_step_leaves_the_old_bytes_or_the_new(tmp_path):
    path = tmp_path / "file"
    left = []
    for step in range(10):
        path.write_bytes(b"old")
        if child(DOOMED, str(path), str(step)).wait() == 0:
            break
        left.append(path.read_bytes())
    assert left == [b"old", b"old", b"new"], "opening aside, renaming, opening the folder"
    assert path.read_bytes() == b"new"


def test_a_write_that_fails_leaves_the_old_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    (tmp_path / ".file.aside").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


# -- moving -------------------------------------------------------------------------------------


@pytest.fixture
def staged(tmp_path):
    folder = tmp_path / ".staged"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "part").write_bytes(b"rows")
    return folder


def test_a_finished_folder_takes_its_name(staged, tmp_path):
    move_into_place(staged, tmp_path / "1.0.0")
    assert (tmp_path / "1.0.0" / "data" / "part").read_bytes() == b"rows"
    assert not staged.exists()


@pytest.mark.parametrize("occupied", ["folder", "file"])
def test_a_name_that_is_taken_stays_what_it_is(occupied, staged, tmp_path):
    target = tmp_path / "1.0.0"
    if occupied == "folder":
        target.mkdir()
        (target / "manifest.json").write_bytes(b"old")
    else:
        target.write_bytes(b"old")
    before = [path.read_bytes() for path in ([target] if target.is_file() else list_files(target))]
    with pytest.raises(OSError, match=r"1\.0\.0"):
        move_into_place(staged, target)
    assert [path.read_bytes() for path in ([target] if target.is_file() else list_files(target))] == before == [b"old"]
    assert (staged / "data" / "part").exists()


def test_an_empty_folder_is_a_name_that_is_taken(staged, tmp_path):
    (tmp_path / "1.0.0").mkdir()
    with pytest.raises(OSError, match=r"1\.0\.0"):
        move_into_place(staged, tmp_path / "1.0.0")


def test_everything_is_made_durable_before_the_name_appears(staged, tmp_path, done):
    move_into_place(staged, tmp_path / "1.0.0")
    inside = [(staged / "data" / "part", b"rows"), (staged / "data", None), (staged, None)]
    assert done == [*inside, "rename", (tmp_path, None)]


def test_syncing_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        fsync_tree(tmp_path / "nothing")


def test_a_file_is_not_taken_for_a_folder_of_names(plain):
    with pytest.raises(NotADirectoryError):
        fsync_dir(plain)


# -- the lock -----------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from threadcommons.files import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_processes_never_work_in_one_place_and_a_kill_frees_it(tmp_path):
    holder = child(HOLDER, str(tmp_path / "work"))
    assert holder.stdout.readline() == b"held\n"
    try:
        with pytest.raises(ThreadCommonsError, match="another build") as refused, only_one(tmp_path / "work"):
            pass
        assert refused.value.hint
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with only_one(tmp_path / "work"):
        pass


def test_a_lock_is_freed_when_its_work_ends_and_when_it_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), only_one(tmp_path):
        raise ZeroDivisionError
    with only_one(tmp_path), pytest.raises(ThreadCommonsError), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_two_places_can_be_worked_in_at_once(tmp_path):
    with only_one(tmp_path / "one"), only_one(tmp_path / "two"):
        assert (tmp_path / "one" / ".lock").exists()


@pytest.mark.parametrize(("mask", "mode"), [(0o000, 0o644), (0o022, 0o644), (0o077, 0o600)])
def test_nobody_else_may_write_to_a_lock(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with only_one(tmp_path / "deep" / "work"):
            assert stat.S_IMODE((tmp_path / "deep" / "work" / ".lock").stat().st_mode) == mode
    finally:
        os.umask(before)


def test_a_place_that_is_taken_is_named_without_the_way_to_it(tmp_path):
    with only_one(tmp_path / "a\u202eb"), pytest.raises(ThreadCommonsError) as refused, only_one(tmp_path / "a\u202eb"):
        pass
    assert refused.value.where == r"a\u202eb"


def left_open(folder):
    """What this process has open in a folder."""
    return [path for handle in Path("/proc/self/fd").iterdir() if (path := handle.resolve()).is_relative_to(folder)]


def test_nothing_stays_open(tmp_path, plain):
    with only_one(tmp_path / "work"):
        held = left_open(tmp_path)
        with pytest.raises(ThreadCommonsError), only_one(tmp_path / "work"):
            pass
        assert left_open(tmp_path) == held == [tmp_path / "work" / ".lock"]
    read_plain(plain)
    write_atomically(tmp_path / "work" / "file", b"whole")
    move_into_place(tmp_path / "work", tmp_path / "done")
    assert left_open(tmp_path) == []


# -- listing ------------------------------------------------------------------------------------


def test_files_are_listed_by_name_whatever_the_folder_says(tmp_path):
    names = ["b", "a/z", "a.txt", "a/b/c", "B", "\u00e9", "z"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    listed = [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path)]
    assert listed == sorted(names) == ["B", "a.txt", "a/b/c", "a/z", "b", "z", "\u00e9"]


def test_links_are_listed_and_not_entered(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").touch()
    (tmp_path / "inside" / "file").symlink_to(tmp_path / "outside" / "secret")
    (tmp_path / "inside" / "folder").symlink_to(tmp_path / "outside")
    assert [path.name for path in list_files(tmp_path / "inside")] == ["file", "folder"]


def test_a_folder_that_is_not_there_is_not_an_empty_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        list_files(tmp_path / "nothing")


def test_a_fresh_folder_is_empty(tmp_path):
    (tmp_path / "work" / "old").mkdir(parents=True)
    assert list(fresh_folder(tmp_path / "work").iterdir()) == []
    assert fresh_folder(tmp_path / "new" / "deep").is_dir()
