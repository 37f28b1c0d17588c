from __future__ import annotations

import string
import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous.encoding import base64_encode

from consentkit import load_policy
from consentkit.consent import Consent, Decision, consent_from, decide
from consentkit.cookie import MAX_LENGTH, ConsentCookie, CookieTerms
from consentkit.errors import CookieInvalid

HOST = "shop.example"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COOKIE = ConsentCookie(["old", "new"], CookieTerms())

tokens = st.frozensets(st.binary(min_size=4, max_size=4), max_size=40)
decisions = st.builds(
    Decision,
    id=st.binary(min_size=16, max_size=16).map(bytes.hex),
    decided_at=st.integers(0, 2**32 - 1).map(lambda s: datetime.fromtimestamp(s, UTC)),
    revision=st.integers(0, 2**32 - 1),
    source=st.sampled_from(["banner", "preferences", "placeholder", "api", "gpc"]),
    granted=tokens,
    refused=tokens,
    under_gpc=st.booleans(),
)


def decision(at: datetime = NOW, granted: frozenset[bytes] = frozenset()) -> Decision:
    return Decision("ab" * 16, at, 1, "banner", granted, frozenset())


@given(decisions)
def test_what_is_written_is_read(written: Decision) -> None:
    assert COOKIE.loads(COOKIE.dumps(written, HOST), HOST) == written


@given(st.text())
def test_no_text_raises_anything_else(value: str) -> None:
    with suppress(CookieInvalid):
        COOKIE.loads(value, HOST)
        pytest.fail("a forged cookie was believed")


@given(decisions, st.data())
def test_a_changed_character_proves_nothing(
    written: Decision, data: st.DataObject
) -> None:
    value = COOKIE.dumps(written, HOST)
    at = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.sampled_from("Ab0-_.=!").filter(lambda c: c != value[at]))
    with pytest.raises(CookieInvalid, match="forged"):
        COOKIE.loads(value[:at] + other + value[at + 1 :], HOST)


@pytest.mark.parametrize("tail", ["=", "==", "!", "\n", "A", "%"])
def test_a_longer_signature_proves_nothing(tail: str) -> None:
    with pytest.raises(CookieInvalid, match="forged"):
        COOKIE.loads(COOKIE.dumps(decision(), HOST) + tail, HOST)


def test_one_signature_has_one_spelling() -> None:
    """The last character has two bits that decoders don't look at."""
    value = COOKIE.dumps(decision(), HOST)
    believed = []
    for last in string.ascii_letters + string.digits + "-_":
        with suppress(CookieInvalid):
            COOKIE.loads(value[:-1] + last, HOST)
            believed.append(last)
    assert believed == [value[-1]]


@given(decisions, st.integers(0, 40))
def test_a_truncated_cookie_proves_nothing(written: Decision, length: int) -> None:
    with pytest.raises(CookieInvalid, match="forged"):
        COOKIE.loads(COOKIE.dumps(written, HOST)[:length], HOST)


@given(st.binary(max_size=80))
def test_nothing_signed_by_chance_raises_anything_else(packed: bytes) -> None:
    signed = COOKIE._signer.sign(base64_encode(packed)).decode()  # noqa: SLF001  as our own key would sign it
    with suppress(CookieInvalid):
        COOKIE.loads(signed, HOST)


@pytest.mark.parametrize("host", ["other.example", "shop.example.evil.example", ""])
def test_another_site_cannot_replay_it(host: str) -> None:
    with pytest.raises(CookieInvalid, match="malformed"):
        COOKIE.loads(COOKIE.dumps(decision(), HOST), host)


def test_all_hosts_of_a_domain_share_it() -> None:
    cookie = ConsentCookie(["k"], CookieTerms(domain="shop.example"))
    value = cookie.dumps(decision(), "www.shop.example")
    assert cookie.loads(value, "shop.example") == decision()


def test_a_later_version_proves_nothing() -> None:
    head = struct.pack(">B", 2) + bytes(40)
    signed = COOKIE._signer.sign(base64_encode(head)).decode()  # noqa: SLF001  as our own key would sign it
    with pytest.raises(CookieInvalid, match="malformed"):
        COOKIE.loads(signed, HOST)


def test_a_long_value_is_refused_unread() -> None:
    with pytest.raises(CookieInvalid, match="oversized"):
        COOKIE.loads("A" * (MAX_LENGTH + 1), HOST)


def test_the_last_key_signs_and_all_verify() -> None:
    for_old, for_new = (ConsentCookie([key], CookieTerms()) for key in ("old", "new"))
    assert COOKIE.loads(for_old.dumps(decision(), HOST), HOST) == decision()
    assert for_new.loads(COOKIE.dumps(decision(), HOST), HOST) == decision()
    with pytest.raises(CookieInvalid, match="forged"):
        for_old.loads(COOKIE.dumps(decision(), HOST), HOST)


def test_the_newest_of_duplicates_comes_first() -> None:
    older, newer = decision(NOW - timedelta(hours=1)), decision()
    values = [COOKIE.dumps(older, HOST), "junk", COOKIE.dumps(newer, HOST)]
    assert COOKIE.proved(values, HOST) == (newer, older)
    assert COOKIE.proved(["junk"], HOST) == ()


@pytest.mark.parametrize(
    ("terms", "https", "name"),
    [
        (CookieTerms(), True, "__Host-consent"),
        (CookieTerms(), False, "consent"),
        (CookieTerms(domain="shop.example"), True, "consent"),
        (CookieTerms(secure=True), False, "__Host-consent"),
        (CookieTerms(secure=False), True, "consent"),
        (CookieTerms("choice"), True, "__Host-choice"),
    ],
)
def test_only_what_browsers_take_is_named_for_the_host(
    terms: CookieTerms, name: str, *, https: bool
) -> None:
    assert ConsentCookie(["k"], terms).name(https=https) == name


def test_thirty_services_take_less_than_300_bytes() -> None:
    services = {
        f"service_{n}": {
            "name": f"Service {n}",
            "group": "personalisation",
            "hosts": [f"s{n}.example"],
        }
        for n in range(30)
    }
    terms = {"controller": "Pebble & Pine", "contact": "p@pebble.example"}
    policy = load_policy({"notice": terms, "services": services})
    made = decide(
        policy,
        policy.optional,
        consent_id="f" * 32,
        source="banner",
        gpc=False,
        now=NOW,
    )
    pair = f"{COOKIE.name(https=True)}={COOKIE.dumps(made, HOST)}"
    assert len(pair) < 300


def test_a_variant_is_one_token_for_one_state() -> None:
    terms = {"controller": "Pebble & Pine", "contact": "p@pebble.example"}
    policy = load_policy({"notice": terms, "services": {"meta_pixel": {}}})
    undecided, refused = Consent(policy), Consent(policy, decided=True)
    granted = Consent(policy, granted=policy.optional, decided=True)
    opted_out = consent_from(policy, None, gpc=True, now=NOW)
    states = [undecided, refused, granted, opted_out]
    seen = {COOKIE.variant(state) for state in states}
    assert len(seen) == len(states)
    same = Consent(policy, decided=True, id="ab" * 16, decided_at=NOW, revision=1)
    assert COOKIE.variant(same) == COOKIE.variant(refused)
    assert COOKIE.variant(refused, "other assets") not in seen
    other_key = ConsentCookie(["other"], CookieTerms())
    assert other_key.variant(refused) not in seen


def test_a_decision_about_all_there_is_room_for_is_read() -> None:
    keys = [number.to_bytes(4, "big") for number in range(ConsentCookie.room())]
    decision = Decision(
        id="0" * 32,
        decided_at=datetime(2026, 11, 22, tzinfo=UTC),
        revision=1,
        source="banner",
        granted=frozenset(keys[::2]),
        refused=frozenset(keys[1::2]),
    )
    value = COOKIE.dumps(decision, "shop.example")
    assert len("__Host-consent") + len(value) <= 4096
    assert COOKIE.loads(value, "shop.example") == decision
