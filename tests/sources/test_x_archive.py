"""Archives of X: the owner's posts and nothing else, whatever lies beside them."""

import json
import re

import pytest

from threadcommons import sources
from threadcommons.licensing.wishes import narrowing
from threadcommons.sources import READERS
from threadcommons.sources.base import Head, Refusal
from threadcommons.sources.x_archive import READER, recognise
from threadcommons.sources.x_files import OPENS, home

from .reading import (
    EXPORTS,
    damaged,
    expected,
    export_of,
    folder_of,
    head_of,
    path_of,
    read_text,
    reading,
    shared,
    silent,
)

# -- all shared archives ------------------------------------------------------------------------------------------


def archive(name):
    exports = folder_of(shared(f"x-archive/{name}"), READER)
    return {export.name: reading(READER, export, exports) for export in exports}


def members_of(path):
    """The members of an archive as one file, read where they lie, and the records of what was not opened."""
    found = sources.parts(export_of(path), READER)
    exports = [part.export for part in found if part.layer is None]
    unread = [record for part in found if part.layer for record in part.layer.records]
    return {export.name: reading(READER, export, exports) for export in exports}, unread


@pytest.mark.parametrize("entry", expected("x-archive"), ids=path_of)
def test_counts_are_those_of_the_archive(entry):
    path = shared(entry["path"])
    if path.suffix == ".zip":
        packed, unread = members_of(path)
        tweets = [found for name, found in packed.items() if re.search(r"/tweets(-part\d)?\.js$", name)]
        assert sum(len(found.records) for found in tweets) == entry["counts"]["records"]
        assert len(packed) + len(unread) == entry["counts"]["members"]
        assert {record.code for record in unread} == {"container.not-opened"}
        assert all(silent(found) for found in packed.values())
        assert [post for found in packed.values() for post in found.posts] == [post for found in archive("archive").values() for post in found.posts]
        return
    folder = EXPORTS / "/".join(entry["path"].split("/")[:2])
    exports = folder_of(folder, READER)
    counts, found = entry["counts"], reading(READER, export_of(path, path.relative_to(folder).as_posix()), exports)
    assert silent(found)
    if not any(re.fullmatch(one, path.relative_to(folder).as_posix()) for one in OPENS):
        assert len(found.records) == 1
        assert found.refusals[0].code in {"record.private", "record.deleted"}
        return
    assert len(found.records) == counts["records"]
    if "replies" in counts:
        posts = found.posts
        assert sum("parent" in post for post in posts) == counts["replies"]
        assert sum(post.get("parent_state") == "unknown" for post in posts) == counts["replies_to_person_only"]
        assert found.codes["record.others-words"] == counts["reposts"]
        assert sum("quoted" in post for post in posts) == counts["quotes"]
        assert found.codes["record.superseded"] + sum("edited_at" in post for post in posts) == counts["edit_versions"]
        assert sum("media" in post for post in posts) == counts["with_media"]


def test_the_archive_of_today():
    found = archive("archive")
    posts = {post["native_id"]: post for reading_ in found.values() for post in reading_.posts}
    assert len(posts) == 29 - 2 - 1 + 8 - 1
    assert {post["author"]["name"] for post in posts.values()} == {"User A"}
    assert {post["author"]["url"] for post in posts.values()} == {"https://x.com/user_a"}
    tides = posts["1786334886097846276"]
    assert tides["text"].endswith("#tidepools https://example.org/tides?a=1&b=2")
    assert tides["links"] == ["https://example.org/tides?a=1&b=2"]
    assert posts["1785946493547446275"]["text"].endswith("18:00 & the ramp is on the <north> side. 3/3")
    assert [medium["url"][-8:] for medium in posts["1788177024414646292"]["media"]] == ["0001.jpg", "0002.jpg"]
    assert posts["1788184574161846293"]["media"][0]["url"].endswith("EXAMPLE0003.mp4")
    assert (posts["1788192123909046295"]["text"], len(posts["1788192123909046295"]["media"])) == ("", 1)
    edited = posts["1787877299450806373"]
    assert edited["text"].endswith("degrees.")
    assert edited["edited_at"] == edited["created_at"]
    assert posts["1789221406110646303"]["wishes"] == ["x.withheld=true"]
    assert narrowing(["x.withheld=true"])
    assert {post["quoted"] for post in posts.values() if post["kind"] == "quote"} == {"1787376751211446281"}


def test_long_posts_are_put_together_where_one_fits_and_nothing_is_guessed():
    found = archive("archive")
    notes, tweets = found["data/note-tweet.js"], found["data/tweets.js"]
    assert [post["native_id"] for post in notes.posts] == ["1788630009246646296", "1788645108741046297"]
    assert notes.posts[0]["text"].endswith("That is all there is to it & it takes ten minutes.")
    assert notes.codes == {"record.unjoined": 2, "record.deleted": 1}
    repeats = [refusal.of for refusal in tweets.refusals if refusal.fate == "duplicate"]
    assert repeats == ["1788630009246646296", "1788645108741046297"]
    cut = [post["native_id"] for post in tweets.posts if any(one["name"] == "truncated" for one in post["labels"])]
    assert cut == ["1788826302673846298", "1788826302673846299"]


def test_what_is_missing_is_said():
    refusals = archive("partial")["data/manifest.js"].refusals
    told = [(refusal.fate, refusal.pointer, refusal.detail) for refusal in refusals if refusal.code == "record.incomplete"]
    assert told == [
        ("excluded", "/isPartialArchive", "the archive is one part of several"),
        ("excluded", "/count", "17 items; the manifest says 20"),
    ]
    assert archive("archive")["data/manifest.js"].codes == {"record.not-a-post": 23}


def test_a_file_that_the_manifest_promises_and_nobody_brings():
    exports = [export for export in folder_of(shared("x-archive/archive"), READER) if "part1" not in export.name]
    found = reading(READER, next(export for export in exports if "manifest" in export.name), exports)
    assert [refusal.pointer for refusal in found.refusals if refusal.code == "record.incomplete"] == ["/fileName"]


def test_old_archives():
    assert len(archive("old-2018")["data/tweet.js"].posts) == 16
    found = archive("old-2014")
    posts = found["data/js/tweets/2014_03.js"].posts
    assert posts[0]["native_id"] == "439694027781046272"
    assert posts[0]["created_at"].isoformat() == "2014-03-01T09:30:00+00:00"
    assert found["tweets.csv"].codes == {"duplicate": 15}
    alone = reading(READER, export_of(EXPORTS / "x-archive/old-2014/tweets.csv"))
    by_id = {post["native_id"]: post["text"] for post in posts}
    assert {post["native_id"]: post["text"] for post in alone.posts} == by_id
    assert "\n" in by_id["441868354974646278"]


# -- what may be opened -------------------------------------------------------------------------------------------


def test_private_files_are_not_on_the_list():
    folder = shared("x-archive/archive")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    allowed = {name for name in names if any(re.fullmatch(one, name) for one in OPENS)}
    assert allowed == {
        "data/account.js", "data/community-tweet.js", "data/manifest.js", "data/note-tweet.js", "data/tweets.js", "data/tweets-part1.js",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["data/direct-messages.js", "data/deleted-tweets.js", "data/tweet-headers.js", "x.zip!/data/like.js", "data/tweets.js\n", "mytweets.csv"])
def test_names_that_only_resemble_are_not_on_the_list(name):
    assert not any(re.fullmatch(one, name) for one in OPENS)


@pytest.mark.parametrize("folder", ["", "a/", "a/b.zip!/"])
@pytest.mark.parametrize("name", ["data/tweets.js", "data/js/tweets/2014_03.js", "data/js/user_details.js", "tweets.csv"])
def test_files_of_one_archive_find_each_other_wherever_it_lies(folder, name):
    names = [folder + "data/manifest.js", "other/data/manifest.js", folder + "data/like.js", folder + name]
    assert READER.needs(folder + name, names) == [folder + "data/manifest.js"]
    assert any(re.fullmatch(one, folder + name) for one in OPENS)
    assert home(folder + name) == home(folder + "data/account.js")


@pytest.mark.parametrize("kind", ["direct_messages", "like", "contact", "deleted_tweets", "anything_new", "tweet_headers"])
def test_a_file_is_shut_by_what_it_says_of_itself_not_by_its_name(kind, tmp_path):
    text = f'window.YTD.{kind}.part0 = [ {{ "tweet" : {{ "id_str" : "1", "full_text" : "PRIVATE-CANARY-0" }} }} ]'
    found = read_text(READER, tmp_path, text, "data/tweets.js")
    assert [len(record) for record, _ in found.records] == [len(text)]
    assert found.refusals[0].code == ("record.deleted" if kind.startswith("deleted") else "record.private")
    context = READER.context(export_of(tmp_path / "data/tweets.js"), [], {})
    inner = text[text.index("{") : text.rindex("}") + 1].encode()
    assert isinstance(READER.parse(inner, 0, context), Refusal)


# -- recognition --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", expected("x-archive"), ids=path_of)
def test_every_file_of_an_archive_is_recognised_as_such(entry):
    path = shared(entry["path"])
    if path.suffix == ".zip":
        assert [reader.name for reader, _ in sources.recognise(path)] == ["x-archive"]
        return
    head = head_of(path)
    assert recognise(head) is not None
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["x-archive"]


@pytest.mark.parametrize("text", [b"window.YTD = [", b"var x = 5;", b"tweet_id,text\n1,a\n", b'[{"tweet":{}}]', b"window.YTD.tweets.part0", b""])
def test_other_scripts_and_tables_are_not(text):
    assert recognise(Head("tweets.js", text, len(text))) is None


# -- single pitfalls ----------------------------------------------------------------------------------------------

TWEET = {"id_str": "12", "created_at": "Sat Nov 09 12:14:18 +0000 2024", "full_text": "Soup", "lang": "in"}


def wrapped(*tweets, name="tweets", end=""):
    return f"window.YTD.{name}.part0 = " + json.dumps([{"tweet": {**TWEET, **tweet}} for tweet in tweets], indent=1) + end


@pytest.mark.parametrize("end", ["", ";", " ;\n", "\n;\n\n", "\r\n"])
def test_a_semicolon_may_follow(end, tmp_path):
    (post,) = read_text(READER, tmp_path, wrapped({}, end=end)).posts
    assert (post["text"], post["lang"], post["parent_state"], post["kind"]) == ("Soup", "id", "root", "post")
    assert post["url"] == "https://x.com/i/status/12"


def test_numbers_of_any_size_stay_exact(tmp_path):
    text = 'Grailbird.data.tweets_2012_01 = \n [ {"id": 9007199254740993, "text": "a", "in_reply_to_status_id": 123456789012345678901234}]'
    (post,) = read_text(READER, tmp_path, text).posts
    assert post["native_id"] == "9007199254740993"
    assert "parent" not in post


LINKS = [
    ("a https://t.co/AB1 b", [("https://t.co/AB1", "https://example.org/?q=&lt;")], [], "a https://example.org/?q=&lt; b"),
    ("https://t.co/AB1 https://t.co/AB12", [("https://t.co/AB1", "https://e.org")], [], "https://e.org https://t.co/AB12"),
    ("look https://t.co/PIC", [], ["https://t.co/PIC"], "look"),
    ("https://t.co/PIC", [], ["https://t.co/PIC"], ""),
    ("cut… https://t.co/R", [("https://t.co/R", "https://twitter.com/i/web/status/12")], [], "cut…"),
    ("no expansion https://t.co/N", [("https://t.co/N", None)], [], "no expansion https://t.co/N"),
    ("&amp;lt; is &lt;", [], [], "&lt; is <"),
]


@pytest.mark.parametrize(("typed", "urls", "media", "text"), LINKS)
def test_shortened_links_are_written_out_and_those_of_media_go(typed, urls, media, text, tmp_path):
    entities = {"urls": [{"url": short, "expanded_url": long} for short, long in urls], "media": [{"url": one, "type": "photo"} for one in media]}
    (post,) = read_text(READER, tmp_path, wrapped({"full_text": typed, "entities": entities})).posts
    assert post["text"] == text
    assert all(link in text for link in post.get("links", []))


QUOTES = [
    ("https://twitter.com/a/status/77", "77"),
    ("https://x.com/a/status/77?s=20", "77"),
    ("https://mobile.twitter.com/a/statuses/77", "77"),
    ("https://x.com/a/status/12", None),
    ("https://x.com/a/status/77/photo/1", None),
    ("https://notx.com/a/status/77", None),
    ("https://example.org/?u=https://x.com/a/status/77", None),
]


@pytest.mark.parametrize(("link", "quoted"), QUOTES)
def test_a_quote_is_a_link_to_another_post(link, quoted, tmp_path):
    (post,) = read_text(READER, tmp_path, wrapped({"entities": {"urls": [{"url": "https://t.co/A", "expanded_url": link}]}})).posts
    assert post.get("quoted") == quoted
    assert post["kind"] == ("quote" if quoted else "post")


def versions(*ids):
    return {"edit_info": {"initial": {"editTweetIds": list(ids)}}}


def test_replies_to_an_earlier_version_answer_the_last_one(tmp_path):
    text = wrapped(
        {"id_str": "10", **versions("10", "11")},
        {"id_str": "11", "edit_info": {"edit": {"initialTweetId": "10", "editControlInitial": {"editTweetIds": ["10", "11"]}}}},
        {"id_str": "13", "in_reply_to_status_id_str": "10"},
        {"id_str": "14", **versions("14", "15")},
    )
    found = read_text(READER, tmp_path, text)
    assert [(post["native_id"], post.get("parent")) for post in found.posts] == [("11", None), ("13", "11")]
    assert found.codes == {"record.superseded": 2}


REFUSED = [
    ({"id_str": None}, "record.missing-field", "/id_str"),
    ({"id_str": "twelve"}, "record.missing-field", "/id_str"),
    ({"full_text": None}, "record.missing-field", "/full_text"),
    ({"created_at": "yesterday"}, "record.bad-field", "/created_at"),
    ({"full_text": 5}, "record.bad-field", "/tweet/full_text"),
    ({"full_text": "RT @a_b: words"}, "record.others-words", ""),
    ({"user": {"protected": True}}, "record.private", ""),
]


@pytest.mark.parametrize(("change", "code", "pointer"), REFUSED)
def test_what_is_no_post_has_its_reason(change, code, pointer, tmp_path):
    (refusal,) = read_text(READER, tmp_path, wrapped(change)).refusals
    assert (refusal.code, refusal.pointer) == (code, pointer)


def test_posts_in_communities_are_read_when_asked_for(tmp_path):
    text = wrapped({}, name="community_tweet")
    assert read_text(READER, tmp_path, text).codes == {"record.private": 1}
    assert len(read_text(READER, tmp_path, text, options={"communities": True}).posts) == 1


def test_one_note_for_two_posts_and_two_notes_for_one_post_are_joined_to_none(tmp_path):
    start = "word " * 20
    note = {"noteTweetId": "9", "createdAt": "2024-11-09T12:14:18.000Z", "core": {"text": start + "end"}}
    notes = "window.YTD.note_tweet.part0 = " + json.dumps([{"noteTweet": note}, {"noteTweet": {**note, "noteTweetId": "8"}}])
    (tmp_path / "data").mkdir()
    (tmp_path / "data/note-tweet.js").write_text(notes)
    (tmp_path / "data/tweets.js").write_text(wrapped({"full_text": start + "…"}))
    exports = folder_of(tmp_path, READER)
    assert reading(READER, exports[0], exports).codes == {"record.unjoined": 2}
    assert len(reading(READER, exports[1], exports).posts) == 1


TABLE = '"tweet_id","timestamp","text","retweeted_status_id","expanded_urls"\n'
ROWS = [
    ('"1","2014-03-01 09:30:00 +0000","a ""b"" https://t.co/x","","https://example.org/"', 'a "b" https://example.org/'),
    ('"1","2014-03-01 09:30:00 +0000","two\nlines","",""', "two\nlines"),
    ('"1","2014-03-01 09:30:00 +0000","a https://t.co/x","","https://e.org/a,b"', "a https://t.co/x"),
    ('"1","2014-03-01 09:30:00 +0000","a","77",""', "record.others-words"),
    ('"1","2014-03-01 09:30:00 +0000","a"', "record.bad-field"),
    ('"1","yesterday","a","",""', "record.bad-field"),
    ('"1","2014-03-01 09:30:00 +0000","a"b,"",""', "record.bad-field"),
    ('"1","2014-03-01 09:30:00 +0000","a', "record.truncated"),
]


@pytest.mark.parametrize(("row", "outcome"), ROWS)
def test_rows_of_the_old_table(row, outcome, tmp_path):
    more = "" if outcome == "record.truncated" else '\n"2","2014-03-01 09:30:00 +0000","last","",""\n'
    found = read_text(READER, tmp_path, TABLE + row + more, "tweets.csv")
    first = found.records[0][1]
    assert (first.code if isinstance(first, Refusal) else first["text"]) == outcome
    if more:
        assert found.posts[-1]["text"] == "last"


# -- damage -------------------------------------------------------------------------------------------------------


def test_damaged_files_of_an_archive_are_accounted_for_to_the_byte(tmp_path):
    manifest = b'window.__THAR_CONFIG = {"userInfo":{"userName":"a"},"archiveInfo":{"isPartialArchive":true},"dataTypes":{"tweets":{"files":[{"fileName":"data/tweets.js","count":"2"}]}}}'
    seeds = [
        wrapped({}, {"id_str": "13", **versions("13", "14")}, end=";").encode(),
        b"window.YTD.note_tweet.part0 = [" + json.dumps({"noteTweet": {"noteTweetId": "9", "createdAt": "2024-11-09T12:14:18.000Z", "core": {"text": "Soup"}}}).encode() + b"]",
        manifest, b'var user_details =  {"screen_name":"a","id":5}', TABLE.encode() + "\n".join(row for row, _ in ROWS).encode(),
    ]  # fmt: skip
    for name, seed in zip(("tweets.js", "note-tweet.js", "manifest.js"), seeds, strict=False):
        (tmp_path / name).write_bytes(seed)
    total = 0
    for data in damaged(seeds, 200, 20260214):
        (tmp_path / "tweets-part1.js").write_bytes(data)
        exports = folder_of(tmp_path, READER)
        for export in exports if total % 50 == 0 else exports[2:3]:
            total += len(reading(READER, export, exports).records)
    assert total > 200
