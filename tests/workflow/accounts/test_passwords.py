"""What is kept of a password, and which passwords are refused."""

import threading
import time

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.accounts import passwords
from workflow.accounts.passwords import (
    check_password_rules,
    hash_password,
    needs_rehash,
    verify_password,
)
from workflow.errors import InvalidInputError

pytestmark = pytest.mark.usefixtures("slow_passwords")
GOOD = "walnut ferry quietly"


def refusal(password: str, user_name: str = "jane.smith@example.org") -> str:
    with pytest.raises(InvalidInputError) as refused:
        check_password_rules(password, user_name=user_name)
    assert refused.value.field == "password"
    return str(refused.value)


def test_a_password_is_kept_as_argon2id_with_the_chosen_parameters() -> None:
    assert hash_password(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_password(GOOD) != hash_password(GOOD)


@pytest.mark.parametrize(
    "password", [GOOD, "pässwörter für alle", "\ud800" * 3 + " half", "a\0b" * 5]
)
def test_a_password_fits_its_own_hash_only(password: str) -> None:
    stored = hash_password(password)
    assert verify_password(stored, password)
    assert not verify_password(stored, password + " ")


def test_nobodys_password_is_never_right() -> None:
    assert not verify_password(None, GOOD)


def test_an_unreadable_hash_lets_nobody_in() -> None:
    assert not verify_password("", GOOD)
    assert not verify_password("disabled", GOOD)


def test_the_hash_checked_for_unknown_people_costs_as_much_as_a_real_one() -> None:
    assert not needs_rehash(passwords._NOBODYS)


def test_a_hash_with_other_parameters_is_to_be_replaced() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(GOOD)
    assert needs_rehash(weak)
    assert not needs_rehash(hash_password(GOOD))


def test_at_most_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()

    class Slow:
        def hash(self, _: bytes) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1
            return ""

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    threads = [threading.Thread(target=hash_password, args=(GOOD,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "x7#kQ9$mW2!p",
        "blue-otter-canal-9",
        "294857103948",
        "Grand-mère 1947 à Nîmes",
        "gleaming preston tramlines",
    ],
)
def test_a_password_nobody_would_guess_is_taken(password: str) -> None:
    check_password_rules(password, user_name="jane.smith@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2016!",
        "Lancashire2016!",
        "WelcomeCouncil1",
        "SocialWorker123",
        "Safeguarding2026",
        "123456789012",
        "098765432109",
        "abcdefghijkl",
        "qwertyuiopas",
        "aaaaaaaaaaaa",
        "abababababab",
        "correct horse battery staple",
        "1q2w3e4r5t6y",
        "letmeinplease",
        "!!!!!!!!!!!!",
        "JustinBieber",
        "justin-bieber-2016",
        "123456789987654321",
    ],
)
def test_a_password_many_people_have_is_refused(password: str) -> None:
    assert "easy to guess" in refusal(password)


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_a_short_password_is_refused(password: str) -> None:
    assert "at least 12" in refusal(password)


def test_a_password_longer_than_anybody_types_is_refused() -> None:
    assert "at most 256" in refusal("walnut " * 40)


@pytest.mark.parametrize("password", ["JaneSmith quietly", "xx jane-smith 99 yy"])
def test_a_password_with_the_user_name_is_refused(password: str) -> None:
    assert "user name" in refusal(password)


def test_a_very_short_user_name_may_occur_in_a_password() -> None:
    check_password_rules(GOOD, user_name="al@example.org")


@settings(max_examples=200)
@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_is_either_taken_or_refused(password: str, user_name: str) -> None:
    try:
        check_password_rules(password, user_name=user_name)
    except InvalidInputError:
        return
    assert 12 <= len(password) <= 256
