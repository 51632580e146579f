"""The card's licence fields, the texts of a release, and who is named with what words."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from markdown_it import MarkdownIt

from threadcommons.licensing import (
    Credit,
    annotated,
    credit_line,
    demands_credit,
    facts,
    hub,
    license_files,
    license_links,
    missing_elements,
    notice,
    notice_lines,
)
from threadcommons.licensing.judging import lacking, lacks_of

HUB = set((Path(__file__).parents[1] / "golden" / "hub-licenses.txt").read_text(encoding="utf-8").split("\n")[2:]) - {
    ""
}
LOSSY = {"cc", "bsd", "gpl", "lgpl"}
FULL = Credit("x:1", "CC-BY-4.0", "Ada", "https://a.example/ada", "On maps", "https://a.example/1")


class TestHub:
    @pytest.mark.parametrize(
        "license_",
        [*facts(), "MIT AND ISC", "CC0-1.0 OR MIT", "prose", "", "GPL-2.0-only WITH Classpath-exception-2.0"],
    )
    def test_there_is_always_an_answer_that_the_hub_accepts(self, license_):
        found = hub(license_)
        assert found.license in HUB - LOSSY
        assert (found.license == "other") == (found.license_name is not None) == (found.license_link is not None)

    @pytest.mark.parametrize(
        ("license_", "wanted"),
        [
            ("CC-BY-4.0", ("cc-by-4.0", None, None)),
            ("GPL-3.0-or-later", ("gpl-3.0", None, None)),
            ("ODbL-1.0", ("odbl", None, None)),
            ("GFDL-1.3-no-invariants-only", ("gfdl", None, None)),
            ("CC-BY-SA-2.5", ("other", "cc-by-sa-2.5", "LICENSES/CC-BY-SA-2.5.txt")),
            ("CC-BY-SA-3.0-DE", ("other", "cc-by-sa-3.0-de", "LICENSES/CC-BY-SA-3.0-DE.txt")),
            ("CC-BY-SA-3.0 AND CC-BY-SA-4.0", ("other", "cc-by-sa-3.0-and-cc-by-sa-4.0", "LICENSES.md")),
            ("NOASSERTION", ("unknown", None, None)),
        ],
    )
    def test_known_answers(self, license_, wanted):
        assert hub(license_) == wanted


class TestTexts:
    def test_a_release_gets_every_text_once(self):
        files, problems = license_files(["CC-BY-4.0 AND CC-BY-SA-4.0", "CC-BY-4.0", "NOASSERTION", "GPL-3.0-or-later"])
        assert [name for name, _ in files] == ["CC-BY-4.0.txt", "CC-BY-SA-4.0.txt", "GPL-3.0-or-later.txt"]
        assert problems == ()

    def test_a_missing_text_is_said(self):
        files, problems = license_files(["GPL-2.0-only WITH Classpath-exception-2.0", "NOASSERTION"])
        assert [name for name, _ in files] == ["GPL-2.0-only.txt"]
        assert [(problem.code, problem.found) for problem in problems] == [
            ("license.text-missing", "Classpath-exception-2.0")
        ]

    def test_a_database_brings_the_text_for_its_contents_too(self):
        files, problems = license_files(["ODbL-1.0 AND LicenseRef-DbCL-1.0"])
        assert [name for name, _ in files] == ["LicenseRef-DbCL-1.0.txt", "ODbL-1.0.txt"]
        assert problems == ()


class TestCredit:
    def test_a_full_one_lacks_nothing(self):
        assert missing_elements(FULL) == ()
        assert credit_line(FULL) == (
            '"On maps", by Ada <https://a.example/ada>, from https://a.example/1, '
            "under CC-BY-4.0 <https://creativecommons.org/licenses/by/4.0/>"
        )

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"title": None}, "credit.no-title"),
            ({"creator": None}, "credit.no-creator"),
            ({"creator_url": None}, "credit.no-creator-link"),
            ({"creator_url": "javascript:alert(1)"}, "credit.no-creator-link"),
            ({"source_url": None}, "credit.no-source-link"),
            ({"modified": True}, "credit.no-change-notice"),
        ],
    )
    def test_each_missing_element_has_its_code(self, change, code):
        assert [problem.code for problem in missing_elements(replace(FULL, **change))] == [code]

    def test_where_no_credit_is_asked_nothing_is_missing(self):
        assert missing_elements(Credit("x:1", "CC0-1.0")) == ()

    def test_links_of_all_licences(self):
        assert license_links("MIT AND CC-BY-4.0") == (
            ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
            ("MIT", "https://opensource.org/license/mit/"),
        )

    def test_a_change_is_named(self):
        assert credit_line(Credit("x:1", "CC-BY-4.0", "Ada", modified=True, change="addresses removed")).endswith(
            "changed: addresses removed"
        )


class TestNotice:
    ROWS = (
        FULL,
        Credit("x:2", "CC-BY-4.0", "Ada", "https://a.example/ada", None, "https://a.example/2", True, "shortened"),
        Credit("x:3", "CC-BY-SA-4.0", "Ben", None, "Reply"),
        Credit("x:4", "CC0-1.0", "Cleo", None, "Free"),
    )

    def test_it_names_exactly_those_who_ask_for_credit(self):
        text = notice(self.ROWS)
        assert "Ada" in text
        assert "Ben" in text
        assert "Cleo" not in text
        assert text.count("\n* ") == 2

    def test_it_has_title_origin_licence_and_change_of_each(self):
        text = notice(self.ROWS)
        assert "[On maps](<https://a.example/1>)\n" in text
        assert "[x:2](<https://a.example/2>) (changed: shortened)\n" in text
        assert "## CC\\-BY\\-4\\.0\n\nLicence text: [CC\\-BY\\-4\\.0](https://creativecommons.org/licenses/by/4.0/)." in text
        assert "; also quoting Dan" in notice([replace(FULL, also="quoting Dan")])
        assert "(changed: not stated)" in notice([replace(FULL, modified=True)])

    def test_the_order_of_rows_does_not_matter(self):
        assert notice(self.ROWS) == notice(reversed(self.ROWS)) == "".join(notice_lines(self.ROWS))

    @pytest.mark.parametrize(
        "hostile",
        [
            "# head",
            "a\nb\n\n## c",
            "[x](javascript:y)",
            "<script>",
            "`code`",
            "* item",
            "1. one",
            "![i](http://e.example/)",
            "a\u202eb",
            "\x00",
            "|a|b|",
            "&lt;",
            "---",
        ],
    )
    def test_what_strangers_wrote_stays_text(self, hostile):
        credit = Credit(
            "x:1", "CC-BY-4.0", hostile, "https://a.example/)[x](http://e.example/", hostile, "https://a.example/1"
        )
        plain = Credit(
            "x:1", "CC-BY-4.0", "name", "https://a.example/)[x](http://e.example/", "name", "https://a.example/1"
        )
        shape = [[token.type for token in MarkdownIt().parse(notice([one]))] for one in (credit, plain)]
        assert shape[0] == shape[1]
        inline = [child.type for token in MarkdownIt().parse(notice([credit])) for child in token.children or ()]
        assert inline.count("link_open") == 3
        assert not {"image", "html_inline", "code_inline"} & set(inline)

    #: Addresses as they come, and where the link leads as a browser would be sent there.
    ADDRESSES = (
        ("https://en.wikipedia.org/wiki/Thread_(computing)", "https://en.wikipedia.org/wiki/Thread_(computing)"),
        ("https://a.example/?q=1&copy;=2&amp;", "https://a.example/?q=1&copy;=2&amp;"),
        ("https://a.example/a'b[0]*_!~.+", "https://a.example/a'b%5B0%5D*_!~.+"),
        ("https://a.example/)[x](http://e.example/", "https://a.example/)%5Bx%5D(http://e.example/"),
        ('http://a.example/<b>`c`\\"^{|}', "http://a.example/%3Cb%3E%60c%60%5C%22%5E%7B%7C%7D"),
    )

    @pytest.mark.parametrize(("url", "leads"), ADDRESSES)
    def test_an_address_of_the_web_is_linked_whatever_stands_in_it(self, url, leads):
        credit = replace(FULL, creator_url=url, source_url=url)
        assert missing_elements(credit) == ()
        tokens = [child for token in MarkdownIt().parse(notice([credit])) for child in token.children or ()]
        hrefs = [token.attrs["href"] for token in tokens if token.type == "link_open"]
        assert hrefs == ["https://creativecommons.org/licenses/by/4.0/", leads, leads]

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "mailto:a@b.example", "at://did:plc:x/y/z", "https://", "https://a b", "https://a\n", "//a.example", "https://ä"]
    )
    def test_any_other_counts_as_missing_in_a_credit_and_on_columns(self, url):
        credit = replace(FULL, creator_url=url, source_url=url)
        wanted = ["credit.no-creator-link", "credit.no-source-link"]
        assert [problem.code for problem in missing_elements(credit)] == wanted
        assert "](<" not in notice([credit])
        columns = pl.DataFrame({"title": ["t"], "creator": ["c"], "creator_url": [url], "source_url": [url]})
        assert [code for code, count in lacking(columns).items() if count] == wanted
        author = {"name": "c", "id": None, "url": url}
        post = pl.DataFrame({"title": ["t"], "author": [author], "rights_holder": pl.Series([None], dtype=pl.String), "url": [url]})
        assert lacks_of(post, None).to_list() == [" ".join(wanted)]


def test_a_licence_that_asks_for_credit_has_an_address_to_link():
    assert [spdx for spdx in facts() if demands_credit(spdx) and not all(url for _, url in license_links(spdx))] == []


class TestAnnotations:
    def test_contributors_are_named_for_labels_and_gists_where_their_licence_asks(self):
        said = annotated([("talk", "Cleo [of] us", "CC-BY-SA-4.0"), ("quiet", "Dan", "CC0-1.0"), ("talk", "Cleo [of] us", "CC-BY-SA-4.0")])
        assert said == (
            "\n## Labels and gists\n\n* talk: Cleo \\[of\\] us, under "
            "[CC\\-BY\\-SA\\-4\\.0](https://creativecommons.org/licenses/by-sa/4.0/)\n"
        )
        assert annotated([("quiet", "Dan", "CC0-1.0")]) == ""
