from threadcommons.findings import codes
from threadcommons.schema import SCHEMAS, code_for
from threadcommons.schema.judge import KEYWORD_CODES

KINDS = set(KEYWORD_CODES.values())


def test_every_fault_under_every_schema_has_a_code_in_the_table():
    missing = {code_for(name, kind) for name in SCHEMAS for kind in KINDS} - codes().keys()
    assert missing == set()


def test_faults_that_no_keyword_of_ours_causes_have_one_too():
    assert code_for("source", "bad-value") in codes()
    assert code_for("recipe", "something-new") in codes()


def test_posts_keep_the_kind():
    assert {code_for("post", kind) for kind in KINDS} == {f"post.{kind}" for kind in KINDS}


def test_files_written_by_hand_have_few_codes():
    assert code_for("source", "missing-key") == "source.missing-key"
    assert code_for("recipe", "unknown-key") == "source.unknown-key"
    assert code_for("source", "wrong-type") == "source.wrong-type"
    rest = KINDS - {"missing-key", "unknown-key", "wrong-type"}
    assert {code_for(name, kind) for name in ("source", "recipe") for kind in rest} == {"source.bad-value"}


def test_pointers_have_one_and_what_we_write_has_one():
    assert {code_for("pointer", kind) for kind in KINDS} == {"pointer.syntax"}
    ours = ("row", "conversation", "credit", "evidence", "ledger")
    assert {code_for(name, kind) for name in ours for kind in KINDS} == {"release.contract"}
