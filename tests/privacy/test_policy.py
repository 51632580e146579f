"""What a recipe says about personal data, and what holds where it says nothing."""

import pickle

import pytest

from threadcommons.findings import codes
from threadcommons.privacy import KINDS, TOKENS, Policy, policy_of
from threadcommons.privacy.redacting import FLAG
from threadcommons.schema import schema

TABLE = schema("recipe")["properties"]["privacy"]["properties"]


def test_defaults_are_those_that_the_schema_tells():
    stated = {kind: node["default"] for kind, node in TABLE.items() if kind != "sources"}
    assert {kind: policy_of({}).of(kind) for kind in KINDS} == stated


def test_the_schema_knows_the_kinds_and_nothing_else():
    assert set(TABLE) - {"sources"} == set(KINDS) == set(TOKENS)
    assert set(TABLE["sources"]["additionalProperties"]["properties"]) == set(KINDS)


def test_a_table_overrides_defaults_and_a_source_overrides_the_table():
    table = {"email": "flag", "national-id": "keep", "sources": {"town-hall": {"email": "keep", "postal": "redact"}}}
    assert policy_of(table) == Policy(email="flag", national_id="keep")
    assert policy_of(table, "other") == policy_of(table)
    assert policy_of(table, "town-hall") == Policy(email="keep", national_id="keep", postal="redact")


def test_an_unknown_kind_is_refused():
    with pytest.raises(TypeError):
        policy_of({"emails": "redact"})


def test_a_policy_travels_and_cannot_be_changed():
    policy = policy_of({"ip": "keep"})
    assert pickle.loads(pickle.dumps(policy)) == policy
    with pytest.raises(AttributeError):
        policy.ip = "redact"


def test_every_flag_is_a_code_that_is_explained():
    assert {FLAG + kind for kind in KINDS} <= set(codes())


def test_tokens_differ_and_hold_nothing_that_is_looked_for():
    assert len(set(TOKENS.values())) == len(TOKENS)
    assert all(token == f"[{token[1:-1]}]" and token[1:-1].isalpha() for token in TOKENS.values())
