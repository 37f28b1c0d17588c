"""Receipts: a record with all that ISO/IEC TS 27560:2023 asks for, and its proof.

Everything comes from the record and from the notice as it was shown: a receipt says
what held when the visitor decided, whatever the policy says today. The fields of the
profile for the GDPR are there too (W3C DPV, guide "consent-27560").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from .record import as_receipt, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .proof import Proof
    from .record import Record

    #: The content of a notice.
    Shown: TypeAlias = Mapping[str, Any]

State: TypeAlias = Literal["given", "refused", "withdrawn"]

SCHEMA: Final = "ISO/IEC TS 27560:2023"
PROFILE: Final = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
CONTROLLER, AUTHORITY, SUBJECT = "controller", "authority", "subject"

#: Where neither the policy nor the visitor's region says else: the strictest rule.
_JURISDICTION: Final = "EU"
_ANY_AUTHORITY: Final = (
    "the supervisory authority where the visitor lives or works, or where the"
    " infringement was (GDPR 77)"
)
_DEVICE: Final = "the visitor's device"
_RIGHTS: Final = {
    "withdrawal": "GDPR 7(3)",
    "access": "GDPR 15",
    "rectification": "GDPR 16",
    "erasure": "GDPR 17",
    "restriction": "GDPR 18",
    "portability": "GDPR 20",
    "objection": "GDPR 21",
    "complaint": "GDPR 77",
}


def full_receipt(
    record: Record, shown: Shown, proof: Proof | None, url: str
) -> dict[str, object]:
    """Get a visitor's receipt: the record's own fields, those of 27560, the proof.

    :param shown: the content of the notice that the visitor answered.
    :param url: where the shop's routes for consent are, without a slash at the end.
    """
    return as_receipt(record) | {
        "schema_version": SCHEMA,
        "profile": PROFILE,
        "receipt_id": record.id,
        "record_id": record.id,
        "pii_principal_id": record.consent_id,
        "pii_processing": {
            "privacy_notice": f"{url}/notice/{record.notice_hash}",
            "language": record.language,
            "purposes": list(_purposes(record, shown, url)),
        },
        "parties": list(_parties(shown, url)),
        "events": list(_events(record, shown)),
        "proof": proof.as_json() if proof else None,
    }


def state_of(key: str, record: Record) -> State:
    """Get what a decision did to a group or service."""
    if key in record.granted:
        return "given"
    return "withdrawn" if key in record.previous_granted else "refused"


def choices(shown: Shown) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Get what could be chosen: services with their group, or groups without any."""
    for group in shown.get("groups", ()):
        for service in group.get("services") or [group]:
            if not group.get("essential"):
                yield group, service


def _purposes(record: Record, shown: Shown, url: str) -> Iterator[dict[str, object]]:
    shared = _shared(record, shown, url)
    for group, choice in choices(shown):
        provider = choice.get("provider")
        yield {
            "purpose": choice.get("purpose") or group.get("purpose") or group["name"],
            "purpose_type": group["key"],
            "service": choice["name"],
            "service_key": choice["key"],
            "event_state": state_of(choice["key"], record),
            "pii_information": _information(choice),
            "retention_period": _retention(choice),
            "recipient_third_parties": [provider] if provider else ["none"],
            **shared,
        }


def _shared(record: Record, shown: Shown, url: str) -> dict[str, object]:
    """Get what is the same for all purposes."""
    jurisdiction = jurisdiction_of(record, shown)
    storage = shown.get("storage") or jurisdiction
    return {
        "lawful_basis": lawful_basis(record),
        "pii_controllers": [CONTROLLER],
        "collection_method": "observed from the visitor's device",
        "processing_method": "collected, stored, used and disclosed, automatically",
        "storage_locations": [_DEVICE, storage],
        "processing_locations": [storage],
        "geographic_restrictions": "none beyond those of the law",
        "jurisdiction": jurisdiction,
        "withdrawal_method": f"{url}/",
        "privacy_rights": [
            {"right": right, "basis": basis, "exercised_at": f"{url}/"}
            for right, basis in _RIGHTS.items()
        ],
        "authority_party": AUTHORITY,
    }


def jurisdiction_of(record: Record, shown: Shown) -> str:
    """Get where the law that held is from, an ISO 3166 code or ``EU``."""
    kind, _, region = record.regime.partition(" ")
    if kind != "opt-in" and region:
        return region
    return shown.get("jurisdiction") or _JURISDICTION


def lawful_basis(record: Record) -> str:
    """Get why processing was lawful from then on, where it was granted."""
    if record.regime.startswith("opt-in"):
        return "consent (GDPR 6(1)(a), Directive 2002/58/EC 5(3))"
    return f"notice and the right to opt out ({record.regime})"


def _information(choice: Mapping[str, Any]) -> list[dict[str, object]]:
    """Get the data: what is kept on the device, else what any request tells."""
    usual: dict[str, object] = {"pii_optional": True, "special_pii_category": False}
    found: list[dict[str, object]] = [
        {"pii_type": "online identifier", "pii_attribute_id": cookie["name"]} | usual
        for cookie in choice.get("cookies") or ()
    ]
    return found or [{"pii_type": "data on the use of the shop"} | usual]


def _retention(choice: Mapping[str, Any]) -> dict[str, str] | str:
    cookies = choice.get("cookies") or ()
    return {cookie["name"]: cookie["lifetime"] for cookie in cookies} or (
        "until withdrawn"
    )


def _parties(shown: Shown, url: str) -> Iterator[dict[str, str]]:
    contact = shown["contact"]
    policy = shown.get("privacy_policy") or f"{url}/"
    yield _party(
        CONTROLLER,
        shown["controller"],
        shown.get("address") or contact,
        contact,
        "data controller",
    ) | {"party_url": policy}
    authority = shown.get("authority") or _ANY_AUTHORITY
    yield _party(AUTHORITY, authority, authority, authority, "supervisory authority")
    subject = "the visitor"
    yield _party(SUBJECT, subject, "unknown to the shop", f"{url}/", "data subject")
    told: set[str] = set()
    for _group, choice in choices(shown):
        provider = choice.get("provider")
        if provider and provider not in told:
            told.add(provider)
            found = choice.get("privacy_url") or contact
            yield _party(provider, provider, found, found, "third party")


def _party(
    key: str, name: str, address: str, contact: str, kind: str
) -> dict[str, str]:
    return {
        "party_id": key,
        "party_name": name,
        "party_address": address,
        "party_contact": contact,
        "party_role": kind,
        "party_type": kind,
    }


def _events(record: Record, shown: Shown) -> Iterator[dict[str, object]]:
    """Get what the decision was, once for each state that something came into."""
    found: dict[State, list[str]] = {}
    for _group, choice in choices(shown):
        found.setdefault(state_of(choice["key"], record), []).append(choice["key"])
    for state, keys in found.items():
        yield {
            "event_time": timestamp(record.decided_at),
            "validity_duration": validity(record, shown),
            "entity_id": entity(record),
            "event_type": "expressed",
            "event_state": state,
            "event_purposes": keys,
            "event_method": f"{record.decision} ({record.surface})",
        }


def validity(record: Record, shown: Shown) -> str:
    """Get how long the decision holds, as in ISO 8601."""
    # What is allowed once is allowed on the next page, if that comes in two minutes.
    return "PT2M" if record.decision == "once" else f"P{shown['lifetime_days']}D"


def entity(record: Record) -> str:
    """Get who decided."""
    return "guardian" if record.decision == "guardian" else SUBJECT
