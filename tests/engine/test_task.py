"""A receipt is believed when every byte that it speaks of is still the same, and only then."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.engine import Store, Task
from threadcommons.engine.task import RECEIPT


def task(number=3, **changes):
    parts = {"function": "work:copy", "params": {"number": number}, "reads": {"export": "ab" * 32}, "code": "cd" * 32}
    return Task(**(parts | changes))


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return Store(folder)


@pytest.fixture
def done(store):
    return store.perform(task())


# -- names -------------------------------------------------------------------------------------------------------


def test_where_bytes_lie_on_this_machine_is_not_part_of_a_task():
    here = task(local={"path": "/here/posts.jsonl"}, weight=1)
    there = task(local={"path": "/somewhere/else", "done": "log"}, weight=1 << 40)
    assert here.digest == there.digest == task().digest
    assert here == there


@pytest.mark.parametrize(
    "change",
    [{"function": "work:fail"}, {"params": {"number": 4}}, {"params": {}}, {"reads": {"export": "ef" * 32}},
     {"reads": {"exports": "ab" * 32}}, {"code": "ef" * 32}],
    ids=str,
)  # fmt: skip
def test_everything_else_is(change):
    assert task(**change).digest != task().digest


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(st.text(max_size=6), json_values, max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_parameters_are_named_does_not_count(params, chance):
    mixed = dict(chance.sample(list(params.items()), len(params)))
    assert task(params=mixed).digest == task(params=params).digest


# -- receipts ----------------------------------------------------------------------------------------------------


def test_a_receipt_tells_facts_and_outputs(done):
    assert done.facts == {"number": 3, "square": 9}
    assert {name: output["bytes"] for name, output in done.outputs.items()} == {"text.txt": 900, "inner/more.bin": 768}
    assert done.path("inner/more.bin").read_bytes() == bytes(range(256)) * 3


def test_it_is_found_again_by_anyone_who_opens_the_store(store, done):
    assert Store(store.root).find(done.digest) == done
    assert store.find(task(4).digest) is None


def test_nothing_is_left_beside_it(store, done):
    assert [path.name for path in store.root.iterdir()] == [done.digest]


DAMAGES = {
    "a flipped bit": lambda folder: flip(folder / "text.txt", 17, 3),
    "a flipped bit in a folder": lambda folder: flip(folder / "inner" / "more.bin", 5, 0),
    "a byte too many": lambda folder: (folder / "text.txt").write_bytes((folder / "text.txt").read_bytes() + b"\n"),
    "a byte too few": lambda folder: (folder / "text.txt").write_bytes((folder / "text.txt").read_bytes()[:-1]),
    "an empty output": lambda folder: (folder / "text.txt").write_bytes(b""),
    "an output that is gone": lambda folder: (folder / "text.txt").unlink(),
    "a folder that is gone": lambda folder: shutil.rmtree(folder / "inner"),
    "a folder in place of an output": lambda folder: ((folder / "text.txt").unlink(), (folder / "text.txt").mkdir()),
    "a file too many": lambda folder: (folder / "extra.txt").write_text(""),
    "a file too many in a folder": lambda folder: (folder / "inner" / "extra.txt").write_text("x"),
    "a receipt that is gone": lambda folder: (folder / RECEIPT).unlink(),
    "an empty receipt": lambda folder: (folder / RECEIPT).write_bytes(b""),
    "a receipt that is a list": lambda folder: (folder / RECEIPT).write_bytes(b"[]"),
    "a receipt that is nothing": lambda folder: (folder / RECEIPT).write_bytes(b"null"),
    "a receipt without keys": lambda folder: (folder / RECEIPT).write_bytes(b"{}"),
    "a receipt that is a folder": lambda folder: ((folder / RECEIPT).unlink(), (folder / RECEIPT).mkdir()),
}


def flip(path, offset, bit):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_after_any_damage_the_task_is_done_anew(store, done, damage):
    damage(done.folder)
    assert store.find(done.digest) is None
    assert store.perform(task()) == done
    assert store.find(done.digest) == done


def test_a_receipt_torn_at_any_byte_is_no_receipt(store, done):
    whole = (done.folder / RECEIPT).read_bytes()
    for length in range(len(whole)):
        (done.folder / RECEIPT).write_bytes(whole[:length])
        assert store.find(done.digest) is None, length


def test_a_receipt_with_any_bit_flipped_is_no_receipt(store, done):
    """Facts too: no output's digest covers them."""
    whole = (done.folder / RECEIPT).read_bytes()
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        (done.folder / RECEIPT).write_bytes(damaged)
        assert store.find(done.digest) is None, bit


def test_the_receipt_of_another_task_is_none_for_this_one(store, done):
    other = store.perform(task(4))
    shutil.rmtree(done.folder)
    shutil.copytree(other.folder, done.folder)
    assert store.find(done.digest) is None


def test_what_a_killed_run_left_aside_is_in_nobodys_way(store):
    aside = store.root / f"{task().digest}.aside"
    aside.mkdir()
    (aside / "half.txt").write_text("half")
    assert set(store.perform(task()).outputs) == {"text.txt", "inner/more.bin"}
    assert not aside.exists()


def test_a_task_that_fails_leaves_no_receipt(store):
    failing = task(function="work:fail", params={"error": "theirs"})
    with pytest.raises(ZeroDivisionError):
        store.perform(failing)
    assert store.find(failing.digest) is None


def test_all_but_the_named_tasks_are_forgotten(store, done):
    other = store.perform(task(4))
    (store.root / f"{'ab' * 32}.aside").mkdir()
    (store.root / ".lock").touch()
    store.keep_only({other.digest})
    assert sorted(path.name for path in store.root.iterdir()) == sorted([".lock", other.digest])
    assert store.find(done.digest) is None
    assert store.find(other.digest) == other


def test_an_empty_store_has_nothing_to_forget(tmp_path):
    Store(tmp_path / "nowhere").keep_only(set())
    assert not (tmp_path / "nowhere").exists()
