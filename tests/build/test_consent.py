"""What is closed by default is read only where those who take part agreed, with their words as evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from threadcommons import api, sources
from threadcommons.digest import sha256
from threadcommons.errors import BadSources

from .conftest import post

WORDS = b"All members agreed on 2026-01-05."


def evidence(kind, file="evidence/consent.txt"):
    named = f'file = "{file}"\nsha256 = "{sha256(WORDS)}"\n' if file else ""
    return f'[license]\n[[license.evidence]]\nid = "agreed"\nkind = "{kind}"\nwho = "the members"\n{named}'


@pytest.fixture
def closed(package, monkeypatch):
    """A source of a format that asks for consent."""
    monkeypatch.setitem(sources.READERS, "jsonl", replace(sources.READERS["jsonl"], consent=True))

    def declared(extra=""):
        folder = package.source("closed", [post("a", "Soup.")], extra)
        if "evidence/" in extra:
            (folder / "evidence").mkdir(exist_ok=True)
            (folder / "evidence/consent.txt").write_bytes(WORDS)
        return package

    return declared


@pytest.mark.parametrize("extra", ["", evidence("source-declaration"), evidence("consent", file=None)])
def test_without_evidence_of_consent_nothing_is_read(closed, extra):
    package = closed(extra)
    assert "source.no-consent" in {finding.code for finding in api.check(root=package.root).findings}
    with pytest.raises(BadSources, match="no-consent"):
        package.build()


def test_with_it_the_source_is_built(closed):
    package = closed(evidence("consent"))
    assert "source.no-consent" not in {finding.code for finding in api.check(root=package.root).findings}
    assert package.build().manifest["counts"]["rows"] == 1
    assert "consent" in package.table("evidence")["kind"].to_list()


def test_open_formats_ask_for_none(package):
    package.source("open", [post("a", "Soup.")])
    assert package.build().manifest["counts"]["rows"] == 1
