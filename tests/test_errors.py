import builtins
import inspect
import pickle

import pytest

from threadcommons import errors
from threadcommons.errors import ThreadCommonsError

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]


def test_all_stand_under_one_root():
    assert ThreadCommonsError in ALL
    assert len(ALL) >= 10
    assert all(issubclass(kind, ThreadCommonsError) for kind in ALL)


@pytest.mark.parametrize("kind", ALL)
def test_an_error_says_where_what_and_what_to_do_in_one_line(kind):
    assert str(kind("it broke")) == "it broke"
    assert str(kind("it broke", where="raw/a")) == "raw/a: it broke"
    assert str(kind("it broke", hint="mend it")) == "it broke (mend it)"
    assert str(kind("it broke", where="raw/a", hint="mend it")) == "raw/a: it broke (mend it)"


@pytest.mark.parametrize("kind", ALL)
def test_an_error_survives_the_way_between_processes(kind):
    sent = kind("it broke", where="raw/a", hint="mend it")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        got = pickle.loads(pickle.dumps(sent, protocol))
        assert type(got) is kind
        assert (got.what, got.where, got.hint) == ("it broke", "raw/a", "mend it")
        assert str(got) == str(sent)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not ThreadCommonsError])
def test_every_other_error_is_also_what_python_calls_such_a_thing(kind):
    common = [base for base in kind.__mro__ if base.__module__ == builtins.__name__]
    assert set(common) - {Exception, BaseException, object}, "callers may catch it without knowing us"
    assert kind.__doc__
    with pytest.raises(common[0]):
        raise kind("it broke")


def test_the_cause_stays():
    def fail():
        try:
            int("x")
        except ValueError as error:
            raise errors.BadRecipe("no number") from error

    with pytest.raises(errors.BadRecipe) as caught:
        fail()
    assert isinstance(caught.value.__cause__, ValueError)
