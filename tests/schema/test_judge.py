"""The two validators: conformance, agreement, bounds, and that neither reaches outside."""

import datetime
import json
import math
import random
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema_rs
import pytest

from threadcommons.schema import SCHEMAS, Judge, explain, judge, schema
from threadcommons.schema.judge import EXPECTED, KEYWORD_CODES, bulk_validator, judge_of
from threadcommons.schema.reference import _bounded, reference_validator

POST = {"kind": "post", "markup": "plain", "text": "The library opens at nine."}
SOURCE_TREE = Path(__file__).resolve().parents[2] / "src"


# -- the shared suite ---------------------------------------------------------------------------


def remotes(folder):
    """The suite's remote schemas, by the address at which they are supposed to be served."""
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*.json"))]
    ours = [path for path in paths if path.parts[0] == "draft2020-12" or not path.parts[0].startswith(("draft", "v1"))]
    return [(f"http://localhost:1234/{path.as_posix()}", json.loads((folder / path).read_bytes())) for path in ours]


def outcomes(suites, *, formats):
    """(file, group, test, right?) of every required test of 2020-12."""
    suite = suites / "json-schema-test-suite"
    registry = jsonschema_rs.Registry(remotes(suite / "remotes"), draft=jsonschema_rs.Draft202012)
    for path in sorted((suite / "tests" / "draft2020-12").glob("*.json")):
        for group in json.loads(path.read_bytes()):
            validator = bulk_validator(group["schema"], formats=formats, registry=registry)
            for test in group["tests"]:
                right = validator.is_valid(test["data"]) == test["valid"]
                yield path.name, group["description"], test["description"], right


def test_the_bulk_validator_passes_the_whole_suite(suites):
    results = list(outcomes(suites, formats=False))
    assert len(results) == 1299
    assert [result for result in results if not result[-1]] == []


def test_with_formats_asserted_it_differs_only_where_the_suite_wants_them_ignored(suites):
    wrong = [result for result in outcomes(suites, formats=True) if not result[-1]]
    assert len(wrong) == 19
    assert all(name == "format.json" and "only an annotation" in test for name, _, test, _ in wrong)


# -- nothing reaches outside --------------------------------------------------------------------


@contextmanager
def listener():
    """A server on this machine, and the list of what it was asked for."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hostile(web, file):
    """Schemas that ask for something outside, each in another way."""
    for address in (f"{web}/a.json", f"{web}/a.json#/x", f"{web}/a.json#x", file, f"{file}#/x"):
        yield {"$ref": address}
        yield {"$dynamicRef": address}
        yield {"properties": {"x": {"items": {"$ref": address}}}}
        yield {"allOf": [{"not": {"$ref": address}}]}
        yield {"$defs": {"x": {"$ref": address}}, "$ref": "#/$defs/x"}
    for base in (f"{web}/", file):
        yield {"$id": base, "$ref": "b.json"}
        yield {"$id": base, "properties": {"x": {"$ref": "../c.json"}}}
        yield {"$id": base, "$defs": {"x": {"$id": "d/", "$ref": "e.json"}}, "$ref": "d/"}
    yield {"$schema": f"{web}/meta.json"}
    yield {"$schema": file}


#: Judges schemas from standard input in a process that dies when Python opens a socket or the hostile file.
CHILD = """
import json, sys
cases, secret, lax = json.load(sys.stdin)
import jsonschema, jsonschema_rs
from threadcommons.schema.judge import judge_of
from threadcommons.schema.reference import reference_validator

def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system"):
        sys.exit(f"reached outside: {event}")
    if event == "open" and str(args[0]).endswith(secret):
        sys.exit("opened the file")

sys.addaudithook(watch)

def reference(case):
    return reference_validator(case).is_valid({"x": [1]})

def refuses(judgement, case):
    try:
        return not judgement(case)
    except Exception:  # each library refuses in its own way
        return True

if lax:
    for case in cases:
        refuses(jsonschema_rs.Draft202012Validator, case)
else:
    print(json.dumps([[refuses(judge_of, case), refuses(reference, case)] for case in cases]))
"""


def judged_apart(cases, secret, *, lax=False):
    """What a process of its own says of hostile schemas, without any proxy that could hide a connection."""
    return subprocess.run(
        [sys.executable, "-c", CHILD], input=json.dumps([cases, secret, lax]), capture_output=True, text=True,
        env={"PYTHONPATH": str(SOURCE_TREE)}, timeout=60, check=False,
    )  # fmt: skip


def test_no_hostile_schema_opens_a_connection_or_a_file(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("true")
    with listener() as (web, asked):
        cases = list(hostile(web, secret.as_uri()))
        done = judged_apart(cases, secret.name)
    assert done.returncode == 0, done.stderr
    assert asked == []
    # A meta-schema is not looked up either: both libraries were told the draft and ignore what else is claimed.
    verdicts = zip(cases, json.loads(done.stdout), strict=True)
    assert [(case, refused) for case, refused in verdicts if refused != [True, True] and "$schema" not in case] == []
    assert len(cases) == 33


def test_the_listener_would_have_heard_a_library_left_as_it_comes(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("true")
    with listener() as (web, asked):
        judged_apart([{"$ref": f"{web}/a.json"}], secret.name, lax=True)
    assert asked == ["/a.json"]
    assert jsonschema_rs.Draft202012Validator({"$ref": secret.as_uri()}).is_valid(1), "it reads files too"


@pytest.mark.parametrize(
    "pattern", [r"^(\w+\s?)*$", r"(a+)+$", r"^(a|aa)+$", r"(x+x+)+y", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_takes_more_than_linear_time(pattern):
    validator = bulk_validator({"pattern": pattern})
    begun = time.thread_time()
    validator.is_valid("a" * 100_000 + "!")
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(?<!a)b", r"(a)\1"])
def test_patterns_that_need_backtracking_are_refused(pattern):
    with pytest.raises(ValueError, match="pattern"):
        judge_of({"pattern": pattern})


def test_a_misspelt_format_is_refused_and_not_ignored():
    with pytest.raises(ValueError, match="format"):
        judge_of({"format": "datetime"})


# -- both validators say the same ---------------------------------------------------------------

ADDRESSES = [
    "https://a.example/b?c=d#e", "http://[::1]:80/", "http://u:p@h/", "urn:a:b", "mailto:a@b", "http://a/%41", "x:", "http://1.2.3.4",
    "http://[v1.a]/", "tag:x,2020:y", "file:///a", "a:b//c", "at://did:plc:x/y",
]  # fmt: skip
TIMES = ["2024-02-29T23:59:59.123456Z", "2024-01-01T00:00:00+05:30", "2016-12-31T23:59:60Z"]
SPICE = "[]:/?#@!$&'()*+,;=%.-_~ \\\n\t\"<>^`{|}aF0\u00e9\u0000\u2028\u0663TZ"


def mutated(chance, text):
    letters = list(text)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(letters) + 1)
        letters[place : place + chance.randrange(2)] = chance.choice(["", chance.choice(SPICE)])
    return "".join(letters)


@pytest.mark.parametrize(("key", "seeds"), [("url", ADDRESSES), ("created_at", TIMES)])
def test_they_agree_on_mutated_addresses_and_times(key, seeds):
    chance = random.Random(20260501)
    contract = judge("post")
    values = [{**POST, key: mutated(chance, chance.choice(seeds))} for _ in range(6000)]
    verdicts = [(contract.accepts(value), contract.reference.is_valid(value)) for value in values]
    assert [value[key] for value, (ours, theirs) in zip(values, verdicts, strict=True) if ours != theirs] == []
    assert 300 < sum(ours for ours, _ in verdicts) < 5700


def test_they_agree_on_naughty_strings_in_every_text_field(suites):
    strings = json.loads((suites / "naughty-strings" / "blns.json").read_bytes())
    fields = [key for key, node in schema("post")["properties"].items() if node["type"] == "string"]
    contract = judge("post")
    differ = [
        (key, text)
        for key in fields
        for text in strings
        if contract.accepts({**POST, key: text}) != contract.reference.is_valid({**POST, key: text})
    ]
    assert differ == []
    assert all(contract.accepts({**POST, "text": text}) for text in strings)


def test_what_only_the_bulk_validator_refuses_still_gets_a_fault():
    """The libraries read addresses inside of addresses differently; a refusal without a reason would be a crash later."""
    post = {**POST, "url": "http://[::ffff:1.2.03.4]/"}
    assert judge("post").reference.is_valid(post)
    assert not judge("post").accepts(post)
    (fault,) = explain("post", post)
    assert (fault.kind, fault.pointer, fault.detail) == ("bad-format", "/url", "breaks format")


@pytest.mark.parametrize(
    "value",
    [
        {**POST, "created_at": datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)},
        {**POST, "created_at": datetime.date(2026, 5, 1)},
        {**POST, "lang": math.nan},
        {**POST, "lang": math.inf},
        {**POST, "lang": 10**4000},
        {**POST, "lang": b"en"},
        (POST,),
        {**POST, "links": json.loads("[" * 600 + "]" * 600)},
    ],
)
def test_values_that_json_does_not_have_are_refused_with_a_reason(value):
    assert not judge("post").accepts(value)
    faults = explain("post", value)
    assert {fault.kind for fault in faults} == {"wrong-type"}


@pytest.mark.parametrize(("number", "told"), [(math.nan, "nan"), (-math.inf, "-inf"), (math.inf, "inf")])
def test_of_a_number_that_json_does_not_have_that_is_said(number, told):
    contract = judge_of({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "number"}}}})
    (fault,) = contract.faults({"a": [1, number]})
    assert (fault.kind, fault.pointer) == ("wrong-type", "/a/1")
    assert fault.detail == f"must be a number that JSON has; found {told}"


def test_a_lax_reference_is_caught_by_the_bulk_validator():
    contract = Judge("post", True, judge("post").bulk)
    assert contract.reference.is_valid({**POST, "lang": "de\n"})
    assert [fault.kind for fault in contract.faults({**POST, "lang": "de\n"})] == ["bad-pattern"]
    assert contract.faults(POST) == []


# -- what a fault says --------------------------------------------------------------------------


def test_every_missing_key_is_named_with_what_it_is():
    faults = explain("post", {"kind": "post"})
    assert [(fault.kind, fault.pointer) for fault in faults] == [("missing-key", "/markup"), ("missing-key", "/text")]
    assert faults[0].detail == "'markup' is missing; Notation of the text."


def test_a_misspelt_key_is_named_with_the_right_one():
    (fault,) = explain("post", {**POST, "licence": "CC0-1.0"})
    assert fault.pointer == "/licence"
    assert fault.detail == "no such key 'licence' (did you mean 'license'?)"


def test_keys_are_escaped_in_pointers():
    (fault,) = explain("post", {**POST, "a/b~c": 1})
    assert fault.pointer == "/a~1b~0c"


def test_a_condition_that_is_not_met_demands_nothing():
    faults = explain("pointer", {"offset": 0, "length": 1, "text_sha256": "0" * 64})
    assert [fault.pointer for fault in faults] == ["/what"]


@pytest.mark.parametrize("key", ["text", "title", "gist", "lang", "native_id", "url", "created_at", "license"])
@pytest.mark.parametrize("words", ["mill, meet me there", ["mill, meet me there"], {"mill, meet me there": 1}])
def test_no_word_of_a_post_slips_into_a_message(key, words):
    too_long = words * 50_000 if isinstance(words, str) else words
    faults = explain(
        "post", {**POST, key: too_long, "mill, meet me there, said the unknown key that is text, at noon": 1}
    )
    assert len(faults) >= 2 or key == "text"
    told = " ".join(f"{fault.pointer} {fault.detail}" for fault in faults)
    assert "mill" not in told
    assert len(told) < 1000


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, "null"), (True, "true"), (12, "12"), (1.5, "1.5"), ([1, 2], "a list of 2 items"), ({"a": 1}, "an object of 1 keys"),
        (datetime.date(2026, 5, 1), "a date"), (10**100, "1" + "0" * 59),
    ],
)  # fmt: skip
def test_values_are_shown_by_kind_and_size(value, seen):
    (fault,) = explain("post", {**POST, "lang": value})
    assert fault.detail.startswith(f"must be string; found {seen}; ")


def test_every_kind_has_words():
    assert EXPECTED.keys() == KEYWORD_CODES.keys() - {"required", "additionalProperties"}


def test_faults_are_sorted_and_each_told_once():
    faults = explain("post", {"text": 1, "zebra": 1, "apple": 2})
    keys = [(fault.pointer, fault.kind) for fault in faults]
    assert keys == sorted(set(keys))
    assert [pointer for pointer, _ in keys] == ["/apple", "/kind", "/markup", "/text", "/zebra"]


VALUES = [
    None, True, 1, 1.0, 12.0, "", "de\n", "de", "kind", "reply", "CC0-1.0", "https://a.example", "no address", "2024-02-30T00:00:00Z",
    [], ["https://a.example"], ["a", "a"], [1], {}, {"name": "A"}, {"nam": "A"}, [{"name": "a", "value": "b"}], datetime.date(2026, 5, 1), 10**100,
]  # fmt: skip


@pytest.mark.parametrize("name", ["post", "pointer", "recipe", "source"])
def test_members_that_are_as_they_should_be_need_no_explaining(name):
    """Faults are those that the reference finds when it is asked about all of the value."""
    chance, contract, whole = random.Random(20260502), judge(name), judge_of(schema(name))
    whole.__dict__["_members"] = {}
    keys = [*schema(name)["properties"], "kinds", "offsets", "a/b"]
    values = [{key: chance.choice(VALUES) for key in chance.sample(keys, chance.randint(0, 6))} for _ in range(400)]
    values += [{**POST, **value} for value in values] + [value for value in VALUES if not isinstance(value, dict)]
    told = [contract.faults(value) for value in values]
    assert told == [whole.faults(value) for value in values]
    assert sum(map(bool, told)) > 400


def test_a_member_that_refers_elsewhere_is_explained_with_the_whole():
    declared = {
        "$defs": {"short": {"type": "string", "maxLength": 3}},
        "properties": {"a": {"$ref": "#/$defs/short"}, "b": {"items": {"$ref": "#/$defs/short"}}, "c": {"type": "string"}},
    }  # fmt: skip
    faults = judge_of(declared).faults({"a": "long", "b": ["s", "long"], "c": 1})
    assert [(fault.kind, fault.pointer) for fault in faults] == [("too-long", "/a"), ("too-long", "/b/1"), ("wrong-type", "/c")]
    assert judge_of(declared).faults({"a": "s", "b": ["s"], "c": "1"}) == []


# -- bounds -------------------------------------------------------------------------------------

HUGE = {
    "a list that mixes types": {"wishes": [1, "a"] * 200_000},
    "a list of good items": {"links": ["https://a.example"] * 500_000},
    "a list of bad items": {"links": [None] * 500_000},
    "many bad items within the limit": {"links": [None] * 1000},
    "many unknown keys": {f"key{n}": n for n in range(200_000)},
    "one unknown key": {"k" * 10_000_000: 1},
    "an address": {"url": "http://" + "a:" * 5_000_000},
    "a time": {"created_at": "2026-05-01T10:00:00." + "1" * 5_000_000 + "Z"},
    "an id": {"native_id": "1" * 10_000_000},
    "a text": {"text": "a" * 20_000_000},
}


@pytest.mark.parametrize("part", HUGE.values(), ids=HUGE)
def test_explaining_the_hugest_post_is_quick_and_short(part):
    begun = time.thread_time()
    faults = explain("post", {**POST, **part})
    assert time.thread_time() - begun < 5
    assert 1 <= len(faults) <= 100
    assert sum(len(fault.pointer) + len(fault.detail) for fault in faults) < 30_000


def test_without_our_bounds_the_reference_compares_every_item_with_every_other():
    looked_at = []

    def keyword(_validator, _wanted, value, _schema):
        looked_at.append(len(value))
        return ()

    for rule in (keyword, _bounded(keyword)):
        list(rule(None, True, [1, "a"] * 100, {"maxItems": 64}) or ())
    assert looked_at == [200]


def test_only_unknown_keys_are_cut_short_and_they_are_the_first_by_name():
    faults = explain("post", {**POST, **{f"key{n}": n for n in range(9)}})
    assert [fault.pointer for fault in faults] == [f"/key{n}" for n in range(5)]


#: Judges a good post, tells which of the slow libraries are there, and the same after a bad one.
LIBRARIES = """
import json, sys
from threadcommons.schema import explain
slow = {"pandas", "pandera", "polars", "datasets", "jsonschema"}
for post in json.load(sys.stdin):
    print(len(explain("post", post)), *sorted(slow & set(sys.modules)))
"""


def test_good_values_are_judged_without_any_slow_library():
    """Pandera brings pandas, which costs more than a second; the reference a tenth of one."""
    told = subprocess.run(
        [sys.executable, "-c", LIBRARIES], input=json.dumps([POST, {**POST, "lang": 1}]),
        env={"PYTHONPATH": str(SOURCE_TREE)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines() == ["0", "1 jsonschema"]


def test_the_reference_can_judge_every_format_that_a_schema_of_ours_uses():
    """Which formats its library knows depends on what else is installed; it takes all others as kept."""
    used = {node["format"] for name in SCHEMAS for node in nodes(schema(name)) if isinstance(node.get("format"), str)}
    assert used == {"date", "date-time", "uri"}
    for format_ in used:
        assert not reference_validator({"format": format_}).is_valid("no such thing")
    with pytest.raises(LookupError, match="format iri"):
        reference_validator({"format": "iri"}).is_valid("http://a.example")


def nodes(node):
    """All objects of a schema."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [*([node] if isinstance(node, dict) else []), *(found for child in children for found in nodes(child))]


def test_words_of_faults_name_no_python():
    told = " ".join(fault.detail for fault in explain("post", [POST]) + explain("source", {"schema": 2}))
    assert not re.search(r"dict|NoneType|True|False|\bstr\b", told)
