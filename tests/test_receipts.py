"""Receipts: everything that ISO/IEC TS 27560:2023 and its GDPR profile ask for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from webtest import TestApp

from consentkit.log.keys import Keys
from consentkit.log.leaf import entry
from consentkit.log.tree import leaf_hash, proves_inclusion
from tests.conftest import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from flask import Flask

    from consentkit.log import ConsentLog

    Receipt = dict[str, Any]

#: What the W3C's guide to 27560 says is mandatory, with the GDPR profile's additions.
HEADER = ["schema_version", "record_id", "pii_principal_id", "receipt_id"]
PROCESSING = ["privacy_notice", "language", "purposes"]
PURPOSE = [
    *("purpose", "pii_information", "pii_controllers", "storage_locations"),
    *("retention_period", "jurisdiction", "recipient_third_parties"),
    *("withdrawal_method", "lawful_basis", "collection_method", "processing_method"),
    *("processing_locations", "geographic_restrictions", "privacy_rights"),
    "authority_party",
]
PII = ["pii_type", "pii_optional", "special_pii_category"]
PARTY = [
    *("party_id", "party_address", "party_name", "party_contact", "party_type"),
    "party_role",
]
EVENT = ["event_time", "validity_duration", "entity_id", "event_type", "event_state"]

TERMS = {
    "controller": "Pebble & Pine",
    "contact": "privacy@pebble.example",
    "privacy_policy": "/privacy",
    "address": "1 Shingle Street, Whitby",
    "jurisdiction": "IE",
    "storage": "IE, DE",
    "authority": "Data Protection Commission",
}


def get(visitor: TestApp, query: str = "", accept: str = "*/*") -> list[Receipt]:
    answer = visitor.get(f"/consent/receipts{query}", headers={"Accept": accept})
    receipts: list[Receipt] = json.loads(answer.text)
    return receipts


def decide(visitor: TestApp, **fields: str) -> Receipt:
    visitor.post("/consent/", fields)
    return get(visitor)[-1]


def is_said(value: object) -> bool:
    return isinstance(value, bool) or bool(value)


def missing(names: list[str], found: Mapping[str, object]) -> list[str]:
    return [name for name in names if not is_said(found.get(name))]


def all_of(receipt: Receipt) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    yield HEADER, receipt
    yield PROCESSING, receipt["pii_processing"]
    for purpose in receipt["pii_processing"]["purposes"]:
        yield PURPOSE, purpose
        yield from ((PII, data) for data in purpose["pii_information"])
    yield from ((PARTY, party) for party in receipt["parties"])
    yield from ((EVENT, event) for event in receipt["events"])


@pytest.fixture
def browse() -> Callable[[Flask], TestApp]:
    return lambda shop: TestApp(shop, extra_environ={"HTTP_ACCEPT": "text/html"})


@pytest.fixture(params=["bare", "full"])
def any_shop(request: pytest.FixtureRequest, make_shop: Callable[..., Flask]) -> Flask:
    """Get a shop whose policy says as little as it may, and one that says it all."""
    terms = POLICY["notice"] if request.param == "bare" else TERMS
    return make_shop(policy={**POLICY, "notice": terms})


DECISIONS = [
    {"decision": "accept_all"},
    {"decision": "reject_all"},
    {"decision": "save", "granted": "spin"},
    {"decision": "save", "granted": "meta_pixel", "surface": "placeholder"},
]


@pytest.mark.parametrize("choice", DECISIONS, ids=lambda c: " ".join(c.values()))
def test_every_mandatory_field_is_there(
    any_shop: Flask, browse: Callable[[Flask], TestApp], choice: dict[str, str]
) -> None:
    receipt = decide(browse(any_shop), **choice)
    lacking = [missing(names, found) for names, found in all_of(receipt)]
    assert [names for names in lacking if names] == []
    assert receipt["schema_version"] == "ISO/IEC TS 27560:2023"


def test_a_receipt_says_what_the_policy_says(
    make_shop: Callable[..., Flask], browse: Callable[[Flask], TestApp]
) -> None:
    visitor = browse(make_shop(policy={**POLICY, "notice": TERMS}))
    receipt = decide(visitor, decision="accept_all")
    parties = {party["party_id"]: party for party in receipt["parties"]}
    assert parties["controller"]["party_name"] == "Pebble & Pine"
    assert parties["controller"]["party_address"] == "1 Shingle Street, Whitby"
    assert parties["authority"]["party_name"] == "Data Protection Commission"
    assert parties["Meta"]["party_role"] == "third party"
    purposes = {p["service_key"]: p for p in receipt["pii_processing"]["purposes"]}
    assert set(purposes) == {"meta_pixel", "spin"}
    spin = purposes["spin"]
    assert spin["jurisdiction"] == "IE"
    assert spin["storage_locations"][1] == "IE, DE"
    assert spin["retention_period"] == {"spin_*": "90 days"}
    assert spin["pii_information"][0]["pii_attribute_id"] == "spin_*"
    assert spin["recipient_third_parties"] == ["none"]
    assert spin["withdrawal_method"] == "http://localhost/consent/"
    assert "essential" not in {p["purpose_type"] for p in purposes.values()}


def test_events_tell_what_came_of_each_service(visitor: TestApp) -> None:
    decide(visitor, decision="save", granted="spin")
    receipt = decide(visitor, decision="withdraw")
    events = {e["event_state"]: e for e in receipt["events"]}
    assert events["withdrawn"]["event_purposes"] == ["spin"]
    assert events["refused"]["event_purposes"] == ["meta_pixel"]
    assert events["withdrawn"]["validity_duration"] == "P182D"
    assert events["withdrawn"]["event_time"] == receipt["decided_at"]
    first = get(visitor)[0]
    assert {e["event_state"] for e in first["events"]} == {"given", "refused"}
    states = {
        p["service_key"]: p["event_state"] for p in first["pii_processing"]["purposes"]
    }
    assert states == {"spin": "given", "meta_pixel": "refused"}


def test_a_receipt_tells_of_the_policy_that_was_answered(
    make_shop: Callable[..., Flask], shop: Flask, visitor: TestApp
) -> None:
    before = decide(visitor, decision="accept_all")
    log: ConsentLog = shop.extensions["consentkit"].log
    later = make_shop(
        policy={**POLICY, "notice": TERMS | {"controller": "Somebody else"}},
        CONSENTKIT_DATABASE_URL=str(log.engine.url),
    )
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    answer = later.test_client(use_cookies=False).get(
        "/consent/receipts", headers={"Cookie": cookies}
    )
    assert answer.json is not None
    assert answer.json[0]["parties"] == before["parties"]
    assert "Somebody else" not in answer.text


def test_the_notice_that_a_receipt_names_is_there(visitor: TestApp) -> None:
    receipt = decide(visitor, decision="accept_all")
    address = receipt["pii_processing"]["privacy_notice"]
    assert address == f"http://localhost/consent/notice/{receipt['notice_hash']}"
    assert visitor.get(address).status_int == 200


def test_a_receipt_proves_itself(shop: Flask, visitor: TestApp) -> None:
    receipt = decide(visitor, decision="accept_all")
    log: ConsentLog = shop.extensions["consentkit"].log
    verifier = log.verifier()
    assert verifier is not None
    proof = receipt["proof"]
    checkpoint = Keys(verifier).open(proof["checkpoint"])
    leaf = leaf_hash(entry(receipt, proof["personal_digest"]))
    path = [bytes.fromhex(node) for node in proof["path"]]
    index, size = proof["leaf_index"], checkpoint.size
    assert proves_inclusion(leaf, index, size, path, checkpoint.root)


# -- linked data -----------------------------------------------------------------------


@pytest.fixture
def linked(visitor: TestApp) -> dict[str, Any]:
    decide(visitor, decision="save", granted="spin")
    decide(visitor, decision="withdraw")
    answer = visitor.get("/consent/receipts?format=jsonld")
    assert answer.content_type == "application/ld+json"
    document: dict[str, Any] = json.loads(answer.text)
    return document


#: Of those that we use, terms that DPV 2 has.
DPV = set(
    """
    ConsentRecord hasDataSubject hasNotice ConsentNotice hasProcess Process hasPurpose
    Purpose hasService Service hasPersonalData PersonalData hasNecessity Optional
    hasProcessing Collect Store Use Disclose hasDataSource DataSubjectDataSource Observe
    hasStorageCondition StorageLocation StorageDuration hasLocation hasDuration
    hasDataController DataController hasLegalBasis LegalBasis hasRecipient
    hasConsentControl ProvideConsent WithdrawConsent isExercisedAt hasJurisdiction
    hasRight DataSubjectRight hasAuthority Authority hasConsentStatus ConsentGiven
    ConsentRefused ConsentWithdrawn hasEntity hasIdentifier hasName hasAddress
    hasContact DataSubject ThirdParty isIndicatedAtTime TemporalDuration isIndicatedBy
    Guardian hasIndicationMethod Personalisation ServiceUsageAnalytics Marketing
    Advertising
    """.split()
)


def terms_of(value: object) -> Iterator[str]:
    """Get all compact names that an object uses as keys, types or references."""
    if isinstance(value, list):
        for item in value:
            yield from terms_of(item)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name in {"record", "proof", "@context"}:
            continue
        if name in {"@type", "@id"}:
            yield from [inner] if isinstance(inner, str) else inner
        elif not name.startswith("@"):
            yield name
            yield from terms_of(inner)


def test_linked_receipts_use_terms_that_exist(linked: dict[str, Any]) -> None:
    used = {t for t in terms_of(linked["@graph"]) if re.fullmatch(r"[\w-]+:[\w-]+", t)}
    prefixes = {term.partition(":")[0] for term in used}
    assert prefixes <= linked["@context"].keys()
    assert {t.partition(":")[2] for t in used if t.startswith("dpv:")} <= DPV
    articles = {t.partition(":")[2] for t in used if t.startswith("eu-gdpr:")}
    assert articles == {"A6-1-a", "A7-3", "A77"} | {
        f"A{number}" for number in (15, 16, 17, 18, 20, 21)
    }
    plain = {
        name for receipt in linked["@graph"] for name in receipt if ":" not in name
    }
    assert plain <= {"@id", "@type", *linked["@context"]}


def test_linked_receipts_say_what_the_others_say(
    visitor: TestApp, linked: dict[str, Any]
) -> None:
    receipts = get(visitor)
    assert len(linked["@graph"]) == len(receipts) == 2
    for receipt, found in zip(receipts, linked["@graph"], strict=True):
        assert found["@id"] == f"urn:uuid:{receipt['record_id']}"
        assert found["@type"] == "dpv:ConsentRecord"
        assert found["dct:conformsTo"] == {"@id": receipt["profile"]}
        assert found["dpv:hasDataSubject"]["dct:identifier"] == receipt["consent_id"]
        assert found["proof"] == receipt["proof"]
        assert found["record"].items() <= receipt.items()
        states = {status["@type"] for status in found["dpv:hasConsentStatus"]}
        assert len(states) == len(receipt["events"])
        for status in found["dpv:hasConsentStatus"]:
            moment = status["dpv:isIndicatedAtTime"]["@value"]
            assert moment == receipt["decided_at"]
            assert status["dpv:hasIndicationMethod"]
    (first, second) = linked["@graph"]
    types = {status["@type"] for status in second["dpv:hasConsentStatus"]}
    assert types == {"dpv:ConsentWithdrawn", "dpv:ConsentRefused"}
    spin = next(p for p in first["dpv:hasProcess"] if p["dct:identifier"] == "spin")
    assert spin["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentGiven"}
    broader = spin["dpv:hasPurpose"]["skos:broader"]
    assert broader == {"@id": "dpv:Personalisation"}


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html", "application/json"),
        ("", "application/ld+json", "application/ld+json"),
        ("", "application/json;q=0.5, application/ld+json", "application/ld+json"),
        ("?format=json", "application/ld+json", "application/json"),
        ("?format=jsonld", "application/json", "application/ld+json"),
        ("?format=%ff", "*/*", "application/json"),
    ],
)
def test_who_asks_chooses_the_form(
    visitor: TestApp, query: str, accept: str, kind: str
) -> None:
    answer = visitor.get(f"/consent/receipts{query}", headers={"Accept": accept})
    assert answer.content_type == kind
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_receipt_names_no_host_but_that_which_was_asked(
    shop: Flask, visitor: TestApp
) -> None:
    visitor.post("/consent/", {"decision": "accept_all"})
    text = visitor.get("/consent/receipts?format=jsonld").text
    own = re.findall(r"https?://([^/\"]+)/consent", text)
    assert set(own) == {"localhost"}
