"""Encryption of single values: only the right key, in the right place, opens what was sealed."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.operations.fields import FieldKeys, SealedError, key_of

OLD, NEW = (base64.b64encode(bytes([byte]) * 32).decode() for byte in (1, 2))
RING = FieldKeys.parse(f"2026b:{NEW},2026a:{OLD}")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(value=JSON_VALUES, context=st.text(max_size=30))
@settings(max_examples=60)
def test_what_was_sealed_opens_unchanged(value: object, context: str) -> None:
    assert RING.open(RING.seal(value, context=context), context=context) == value


def test_a_sealed_text_shows_its_key_and_nothing_of_its_content() -> None:
    sealed = RING.seal("Known to the police", context="draft:1:police")
    assert key_of(sealed) == "2026b"
    assert b"police" not in base64.b64decode(sealed.split(":")[2])


def test_the_same_text_is_never_sealed_alike_twice() -> None:
    assert RING.seal("yes", context="a") != RING.seal("yes", context="a")


def test_a_text_copied_to_another_row_does_not_open_there() -> None:
    sealed = RING.seal("yes", context="submission:1:police")
    with pytest.raises(SealedError, match="moved"):
        RING.open(sealed, context="submission:2:police")


@pytest.mark.parametrize("at", range(0, 40, 7))
def test_a_changed_text_does_not_open(at: int) -> None:
    version, name, encoded = RING.seal("a longer text", context="x").split(":")
    raw = bytearray(base64.b64decode(encoded))
    raw[at % len(raw)] ^= 1
    changed = f"{version}:{name}:{base64.b64encode(raw).decode()}"
    with pytest.raises(SealedError):
        RING.open(changed, context="x")


def test_a_text_cannot_be_passed_off_as_sealed_under_another_key() -> None:
    version, _, encoded = RING.seal("yes", context="x").split(":")
    with pytest.raises(SealedError):
        RING.open(f"{version}:2026a:{encoded}", context="x")


@pytest.mark.parametrize("text", ["", "v1", "v1:2026b:***", "v9:2026b:AAAA", "v1:2026b:AAAA"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(SealedError):
        RING.open(text, context="x")


def test_an_older_key_still_opens_and_rotation_moves_to_the_newest() -> None:
    before = FieldKeys.parse(f"2026a:{OLD}").seal({"day": "1"}, context="x")
    assert RING.open(before, context="x") == {"day": "1"}
    after = RING.rotate(before, context="x")
    assert key_of(after) == "2026b"
    assert RING.rotate(after, context="x") == after
    assert FieldKeys.parse(f"2026b:{NEW}").open(after, context="x") == {"day": "1"}


def test_a_missing_key_is_named() -> None:
    with pytest.raises(SealedError, match="2026b"):
        FieldKeys.parse(f"2026a:{OLD}").open(RING.seal("x", context="x"), context="x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "32 bytes"),
        (f"2026a:{OLD},2026a:{NEW}", "entry 2"),
        (f"has space:{OLD}", "32 bytes"),
        ("2026a:" + base64.b64encode(b"short").decode(), "32 bytes"),
        (f":{OLD}", "entry 1"),
    ],
)
def test_a_wrong_ring_is_refused_without_quoting_a_key(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        FieldKeys.parse(text)
    assert OLD not in str(refused.value)


def test_a_printed_ring_names_its_keys_only() -> None:
    assert repr(RING) == "FieldKeys(2026b, 2026a)"
