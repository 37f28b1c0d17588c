from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.log.key import new_signer
from consentkit.log.note import (
    Checkpoint,
    NoteInvalid,
    Signer,
    Verifier,
    open_checkpoint,
    open_note,
    split_note,
)

#: Key and note of the tests of Go's note package.
PRIVATE = (
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    TEXT + "\n\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIu"
    "GUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#: The example of the specification; whose key isn't published there.
STRANGERS = (
    "\N{EM DASH} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGIT"
    "LlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
ROOT = b"\x07" * 32
STATE = Checkpoint("consentkit/log", 20852163, ROOT)
SIGNER = new_signer()


def test_a_note_is_signed_as_by_other_tools() -> None:
    signer = Signer.parse(PRIVATE)
    assert signer.sign(TEXT) == NOTE
    assert str(signer.verifier) == VKEY
    assert signer.private_text() == PRIVATE


def test_a_note_of_another_tool_is_verified() -> None:
    assert open_note(NOTE, [Verifier.parse(VKEY)]) == TEXT


def test_a_key_shows_no_secret() -> None:
    assert PRIVATE.rsplit("+", maxsplit=1)[-1] not in repr(Signer.parse(PRIVATE))


def test_signatures_of_strangers_are_ignored() -> None:
    assert open_note(NOTE + STRANGERS, [Verifier.parse(VKEY)]) == TEXT
    signatures = split_note(NOTE + STRANGERS)[1]
    assert [name for name, _, _ in signatures] == [
        "PeterNeumann",
        "quasimodo.example/salvatore",
    ]


def test_a_note_that_only_strangers_signed_is_rejected() -> None:
    with pytest.raises(NoteInvalid, match="no known key"):
        open_note(f"{TEXT}\n{STRANGERS}", [Verifier.parse(VKEY)])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    other = SIGNER.sign(TEXT)
    changed = NOTE.replace("cryptography", "astrology")
    line = SIGNER.sign(TEXT.replace("cryptography", "astrology")).split("\n\n")[1]
    with pytest.raises(NoteInvalid, match="PeterNeumann is wrong"):
        open_note(changed + line, [SIGNER.verifier, Verifier.parse(VKEY)])
    assert open_note(other, [SIGNER.verifier]) == TEXT


def test_a_key_of_the_same_name_with_another_id_is_a_stranger() -> None:
    namesake = Signer("PeterNeumann", SIGNER.seed)
    with pytest.raises(NoteInvalid, match="no known key"):
        open_note(NOTE, [namesake.verifier])


def test_a_text_may_have_empty_lines() -> None:
    text = "one\n\ntwo\n"
    assert open_note(SIGNER.sign(text), [SIGNER.verifier]) == text


DASH = "\N{EM DASH}"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("you", "y\x00u"),
        NOTE.replace("you", "y\tu"),
        NOTE.replace(DASH, "-"),
        NOTE.replace(f"{DASH} ", DASH),
        NOTE.replace("PeterNeumann ", "PeterNeumann  "),
        NOTE.replace("PeterNeumann ", ""),
        NOTE.replace("PeterNeumann", "Peter+Neumann"),
        NOTE.replace("PeterNeumann", "Peter\N{NO-BREAK SPACE}Neumann"),
        NOTE.replace("AM=", "AN="),
        NOTE.replace("AM=", "AM"),
        NOTE.replace("x08go", "x08g-"),
        f"{TEXT}\n{DASH} PeterNeumann x08gow==\n",
        NOTE + STRANGERS * 100,
        "\n" + NOTE.split("\n\n")[1],
    ],
)
def test_what_is_not_quite_a_note_is_none(note: str) -> None:
    with pytest.raises(NoteInvalid):
        open_note(note, [Verifier.parse(VKEY)])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        VKEY[:-1],
        VKEY + "\n",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.replace("PeterNeumann", ""),
        "PeterNeumann+c74f20a3+" + b64encode(b"\x02" + bytes(32)).decode(),
        "PeterNeumann+c74f20a3+" + b64encode(b"\x01" + bytes(31)).decode(),
    ],
)
def test_a_damaged_key_is_refused(key: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier.parse(key)
    with pytest.raises(NoteInvalid):
        Signer.parse(key)
    with pytest.raises(NoteInvalid):
        Signer.parse(f"PRIVATE+KEY+{key}")


def test_a_checkpoint_comes_back() -> None:
    root = b64encode(ROOT).decode()
    assert STATE.text == f"consentkit/log\n20852163\n{root}\n"
    assert Checkpoint.parse(STATE.text) == STATE
    assert Checkpoint.parse(STATE.text + "more\n") == STATE


@pytest.mark.parametrize(
    "text",
    [
        "",
        STATE.text[:-1],
        STATE.text + "\n",
        STATE.text.replace("20852163", "020852163"),
        STATE.text.replace("20852163", "-1"),
        STATE.text.replace("20852163", "\N{ARABIC-INDIC DIGIT TWO}"),
        STATE.text.replace("20852163", "9" * 5000),
        STATE.text.replace("20852163", ""),
        STATE.text.replace("consentkit/log", ""),
        STATE.text.replace("Bwc=", "Bwd="),
        "consentkit/log\n1\n" + b64encode(bytes(31)).decode() + "\n",
        "consentkit/log\n1\n",
    ],
)
def test_what_is_not_quite_a_checkpoint_is_none(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


def test_a_checkpoint_of_another_log_is_rejected() -> None:
    with pytest.raises(NoteInvalid, match="checkpoint of consentkit/log"):
        open_checkpoint(SIGNER.sign(STATE.text), SIGNER.verifier)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.lists(TEXTS, min_size=1))
def test_what_is_signed_can_be_opened(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    assert open_note(SIGNER.sign(text), [SIGNER.verifier]) == text


@given(st.text() | st.text("ab\n+= \N{EM DASH}", max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    for parse in (split_note, Checkpoint.parse, Verifier.parse, Signer.parse):
        with suppress(NoteInvalid):
            parse(text)


@given(st.data())
def test_one_changed_character_is_noticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(NOTE) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != NOTE[place]))
    changed = NOTE[:place] + other + NOTE[place + 1 :]
    with pytest.raises(NoteInvalid):
        open_note(changed, [Verifier.parse(VKEY)])


def test_the_id_of_a_key_is_its_own() -> None:
    encoded = b64decode(VKEY.split("+", 2)[2])
    assert Verifier("PeterNeumann", encoded[1:]).key_id.hex() == "c74f20a3"
