"""Where an e-mail address may begin and end, what is a file or a call, and which sentences only sound like one."""

import pytest

from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of

PLAIN = "kim@example.org"


def found(text):
    return [text[hit.start : hit.stop] for hit in hits(shadow_of(text), ["email"])]


@pytest.mark.parametrize("top", [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "tiff", "pdf", "css", "scss", "js", "mjs", "cjs", "ts", "tsx", "jsx", "json", "yaml", "yml", "toml", "xml", "html", "htm", "txt", "exe", "dll",
    "so", "tar", "tgz", "gz", "rar", "deb", "rpm", "jar", "whl", "local", "localhost", "localdomain", "internal", "lan",
])  # fmt: skip
def test_files_and_machines_of_ones_own_are_no_hosts(top):
    assert found(f"icon@host.{top}") == found(f"icon@host.{top.upper()}") == []
    assert found(f"icon%40host.{top}") == found(f"icon&#64;host.{top}") == []
    assert found(f"icon@host.{top}.org") == [f"icon@host.{top}.org"]


@pytest.mark.parametrize(("behind", "expected"), [
    *((sign, False) for sign in ("(", "@", "0", "-x", "-1")), *((sign, True) for sign in ("", " ", ".", "-", "--", "- x", "/", ":", ")", "%", "_", "__ x")),
])  # fmt: skip
def test_where_an_address_may_end(behind, expected):
    assert found(f"{PLAIN}{behind}") == ([PLAIN] if expected else [])


@pytest.mark.parametrize(("before", "expected"), [
    *((sign, True) for sign in ("", " ", ".", "..", "...", "-", "- -", "+", "%", "…", "/", ":", "=", "50%", "a%20", "a%3C", "%C3%A9")), *((sign, False) for sign in ("@", "@.", "a%", "[email]", "[phone]", "[email].")),
])  # fmt: skip
def test_where_an_address_may_begin(before, expected):
    assert [one[-len(PLAIN) :] for one in found(f"{before}{PLAIN}")] == ([PLAIN] if expected else [])


@pytest.mark.parametrize("account", ["git", "hg", "svn", "GIT"])
def test_accounts_of_services_are_nobodys(account):
    assert found(f"{account}@example.org:a/b") == found(f"ssh://{account}@example.org/a") == []
    assert found(f"{account}%40example.org/a") == []
    assert found(f"{account}@example.org") == [f"{account}@example.org"]
    assert found(f"x{account}@example.org/a") == [f"x{account}@example.org"]


def test_a_password_before_a_host_is_no_name():
    assert found(f"https://noa:{PLAIN}") == []
    assert found(f"https://{PLAIN}") == [PLAIN]
    assert found(f"https://{'n' * 80}:{PLAIN}") == []
    assert found(f"noa:{PLAIN}") == found(f"https://noa.example:8/{PLAIN}") == [PLAIN]


@pytest.mark.parametrize("article", ["the", "a", "an", "this", "that", "some", "any", "one", "which", "each", "every", "its", "my", "your", "our", "their", "these", "those", "The"])
def test_a_sentence_about_a_host_is_no_address(article):
    assert found(f"look at {article} dot org") == []
    assert found(f"look at {article}x dot org") == [f"look at {article}x dot org"]
    assert found(f"{article} at example dot org") == [f"{article} at example dot org"]


@pytest.mark.parametrize("at", ["at", "AT", "At", "ät", "arroba", "Arobase", "CHIOCCIOLA", "apenstaartje", "klammeraffe"])
@pytest.mark.parametrize("dot", ["dot", "DOT", "punkt", "punto", "point", "Ponto", "punt"])
@pytest.mark.parametrize("around", ["[{}]", " ({}) ", "{{{}}}", " <{}>", " {} "])
def test_words_for_the_sign_and_for_the_dot(at, dot, around):
    text = f"kim{around.format(at)}example{around.format(dot)}org"
    assert found(text) == found(f"so {text}, thanks") == [text]
    assert found(f"é{text}") == found(f"{text}é") == []


@pytest.mark.parametrize(("text", "expected"), [
    ("kim at example dot de", True), ("kim at example punkt de", True), ("kim at example punto de", False), ("kim arroba example punto de", True), ("kim at example point nl", False), ("kim at example punt nl", True),
    ("kim at example dot it", False), ("kim arroba example punto it", True), ("kim at a place dot com", False), ("kim dot noa at first dot example dot org", True), ("kim@example dot it", True), ("kim @ example [dot] org", True),
    ("kim at example.org", False), ("kim [at] example.org", True), ("kim (at) one.example.org", True),
])  # fmt: skip
def test_everyday_words_count_only_with_what_is_none(text, expected):
    assert (found(text) == [text]) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("用户@例子.测试", True), ("写信给用户@例子.测试", True), ("用户@例子.测试x", False), ("a用户@例子.测试", True), ("@用户@例子.测试", False), ("用户@例子.测试@", False), ("用户@例子.org", False),
])  # fmt: skip
def test_scripts_that_set_no_words_apart(text, expected):
    assert bool(found(text)) == expected
