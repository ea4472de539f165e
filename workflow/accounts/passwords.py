"""Passwords: what is asked of a new one, and how one is kept and checked.

Argon2id with 19 MiB, two passes, one lane (OWASP's parameters): the library's own default takes eight
times as long, and twenty people signing in at once would take 1.2 GiB.
"""

import os
import re
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflow.errors import InvalidInputError

SHORTEST, LONGEST = 12, 256
"""Characters. No rule asks for digits or signs: length is what counts (NIST SP 800-63B, ASVS 6.2)."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = 2
_BELOW_OTHERS = 19
"""Niceness of the threads that hash: signing in may not take the machine from everybody else."""
_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$RA2gIbw9i2bEzrEV9Z1AgQ"
    "$csznIqU7SDDjJOYRXKxlH044x9spWQrjD0Y8klpiyvQ"
)
"""Hash of random bytes nobody kept: unknown people are checked against it and take as long as others."""

_FEWEST_DIFFERENT = 5
_SHORTEST_NAME = 4
_OWN_LETTERS = 6
"""Letters that must be left of a password once common words are taken out of it."""
_LISTS = ("common.toml", "known.toml")
_WALKS = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_LEET = str.maketrans("013457@$!", "oieastasi")


def hash_password(password: str) -> str:
    """The text to store in place of a password."""
    return _hashers().submit(_HASHER.hash, _bytes(password)).result()


def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; nobody's (None) takes as long and is never right."""
    try:
        _hashers().submit(_HASHER.verify, stored or _NOBODYS, _bytes(password)).result()
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with parameters other than today's."""
    return _HASHER.check_needs_rehash(stored)


def check_password_rules(password: str, *, user_name: str, field: str = "password") -> None:
    """Refuse a new password that somebody could guess.

    Args:
        field: the form field the refusal belongs to.

    Raises:
        InvalidInputError: in words for whoever chose it.
    """
    if reason := _weakness(password, user_name):
        raise InvalidInputError(reason, field)


def _weakness(password: str, user_name: str) -> str | None:
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; three words nobody would guess are good."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if _contains_name(password, user_name):
        return "Choose a password that does not contain your user name."
    if _is_common(password):
        return (
            "This password is easy to guess, or many people have it; "
            "three words nobody would guess are better."
        )
    return None


def _contains_name(password: str, user_name: str) -> bool:
    name = _letters_and_digits(user_name.partition("@")[0])
    return len(name) >= _SHORTEST_NAME and name in _letters_and_digits(password)


def _is_common(password: str) -> bool:
    plain = _letters_and_digits(password)
    if len(set(password)) < _FEWEST_DIFFERENT or plain in _listed("whole"):
        return True
    if any(plain in walk or plain in walk[::-1] for walk in _WALKS if plain):
        return True
    return any(_is_made_of_common_words(form) for form in (plain, _unleet(password)))


def _is_made_of_common_words(plain: str) -> bool:
    rest = _word_pattern().sub("", plain)
    own = sum(character.isalpha() for character in rest)
    return rest != plain and own < _OWN_LETTERS


@cache
def _hashers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "hashing", initializer=_step_back)


if sys.platform != "win32":  # threads do not come along into a forked process
    os.register_at_fork(after_in_child=_hashers.cache_clear)


def _step_back() -> None:
    """Let other threads go first; where a thread has no niceness of its own, nothing is changed."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BELOW_OTHERS)


@cache
def _listed(kind: str) -> frozenset[str]:
    """`whole` passwords, or the `words` others are made of, of both lists beside this module."""
    texts = (files("workflow.accounts").joinpath(name).read_text("utf-8") for name in _LISTS)
    return frozenset(entry for text in texts for entry in tomllib.loads(text).get(kind, ()))


@cache
def _word_pattern() -> re.Pattern[str]:
    """A whole one is a word too: a year behind it makes it no better."""
    longest_first = sorted(_listed("words") | _listed("whole"), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)))


def _unleet(password: str) -> str:
    return _letters_and_digits(password.lower().translate(_LEET))


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # a half character from JSON is no failure
