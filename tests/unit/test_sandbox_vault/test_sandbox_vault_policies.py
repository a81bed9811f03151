"""The HCL parser, and the features that are refused because nothing here enforces them."""

import pytest

from sandbox.vault.policies.rules import Rule, rules_in
from sandbox.vault.wire.answers import Refusal


def test_every_form_of_a_path_block_is_read() -> None:
    text = """
        # a comment
        name = "keeper"
        path "secret/data/+/shop" { capabilities = ["read", "list"] } // another
        path "/secret/metadata/*" {
          /* over
             two lines */
          capabilities = [ "deny", "read" ],
          comment = "why"
        }
        path "old" { policy = "write" }
        path = { "nested" = { capabilities = ["sudo"] } }
    """
    assert rules_in(text) == (
        Rule("secret/data/+/shop", frozenset({"read", "list"})),
        Rule("secret/metadata/*", frozenset({"deny"})),
        Rule("old", frozenset({"create", "read", "update", "delete", "list"})),
        Rule("nested", frozenset({"sudo"})),
    )


def test_json_is_read_as_one_object_or_as_a_list_of_them() -> None:
    one = '{"path": {"a": {"capabilities": ["read"]}, "b": {"policy": "deny"}}}'
    many = '{"path": [{"a": {"capabilities": ["read"]}}, {"b": {"policy": "deny"}}]}'
    assert rules_in(one) == rules_in(many)
    assert rules_in(one) == (Rule("a", frozenset({"read"})), Rule("b", frozenset({"deny"})))


def test_an_empty_policy_allows_nothing() -> None:
    assert rules_in("  # only a comment") == ()
    assert rules_in('path "x" {}') == (Rule("x", frozenset()),)


@pytest.mark.parametrize(
    "feature",
    [
        'allowed_parameters = { "a" = ["b"] }',
        'denied_parameters = { "a" = [] }',
        'required_parameters = ["a"]',
        'min_wrapping_ttl = "1s"',
        'max_wrapping_ttl = "1h"',
        'mfa_methods = ["m"]',
        "control_group { ttl = 5 }",
    ],
)
def test_what_is_not_enforced_is_refused(feature: str) -> None:
    with pytest.raises(Refusal, match="the sandbox does not enforce"):
        rules_in(f'path "x" {{ capabilities = ["read"] {feature} }}')


def test_identity_templates_are_refused() -> None:
    with pytest.raises(Refusal, match="identity templates"):
        rules_in('path "a/{{identity.entity.id}}" { capabilities = ["read"] }')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('path "x" {\n  capabilities = ["read"]\n', "At 3:1: object expected closing RBRACE"),
        ('path "x" {\n  capabilities = [read] }', "At 2:19: unexpected token"),
        ('path "x" { capabilities = ["read" "list"] }', "At 1:35: error parsing list"),
        ('path "x" { capabilities ["read"] }', "At 1:25: expected: ASSIGN"),
        ('path "x" { policy = "read" policy = "deny" }', "At 1:28: the argument"),
        ('path "x" { capabilities = ["\\q"] }', "invalid string"),
        ('path "x" { capabilities = [["read"]] }', "invalid capability"),
        ('path "x" { capabilities = "read" }', "capabilities must be a list"),
        ('path = { "x" = 5 }', "a block was expected"),
        ('path "x" ~', "illegal character"),
        ('{"path": ', "the JSON is broken"),
        ('{"path": {"a": []}}', "is no object"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules_in(text)
    assert refused.value.status == 400
    assert told in refused.value.errors[0]
