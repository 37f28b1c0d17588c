"""Receipts as linked data: JSON-LD with the terms of the W3C's DPV.

After the DPV guide to ISO/IEC TS 27560:2023. The context is in the document: nobody
has to fetch anything to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .receipt import (
    AUTHORITY,
    CONTROLLER,
    PROFILE,
    SUBJECT,
    entity,
    full_receipt,
    jurisdiction_of,
    state_of,
    validity,
)
from .record import as_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .proof import Proof
    from .receipt import Shown
    from .record import Record

CONTEXT: Final[Mapping[str, object]] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    # Ours, as they are: what the leaf in the log is made of, and its proof.
    "record": {"@id": "urn:consentkit:record", "@type": "@json"},
    "proof": {"@id": "urn:consentkit:proof", "@type": "@json"},
}
_STATUS: Final = {
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
}
#: Groups that shops commonly have, and what DPV calls their purpose.
_PURPOSES: Final = {
    "personalisation": "dpv:Personalisation",
    "statistics": "dpv:ServiceUsageAnalytics",
    "analytics": "dpv:ServiceUsageAnalytics",
    "marketing": "dpv:Marketing",
    "advertising": "dpv:Advertising",
}
_RIGHTS: Final = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A21", "A77")
_ROLES: Final = {
    CONTROLLER: "dpv:DataController",
    AUTHORITY: "dpv:Authority",
    SUBJECT: "dpv:DataSubject",
}


def linked_receipts(receipts: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Get receipts from :func:`linked_receipt` as one document."""
    return {"@context": dict(CONTEXT), "@graph": list(receipts)}


def linked_receipt(
    record: Record, shown: Shown, proof: Proof | None, url: str
) -> dict[str, object]:
    """Get a visitor's receipt in DPV's terms, without the context.

    :param url: where the shop's routes for consent are, without a slash at the end.
    """
    plain: dict[str, Any] = full_receipt(record, shown, proof, url)
    parties = plain["parties"]
    return {
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": PROFILE},
        "dct:identifier": record.id,
        "dpv:hasDataSubject": {"dct:identifier": record.consent_id},
        "dpv:hasNotice": {
            "@id": f"{url}/notice/{record.notice_hash}",
            "@type": "dpv:ConsentNotice",
            "dct:language": record.language,
        },
        "dpv:hasProcess": [
            _process(purpose, record, shown, url)
            for purpose in plain["pii_processing"]["purposes"]
        ],
        "dpv:hasEntity": [_entity(party) for party in parties],
        "dpv:hasConsentStatus": [
            _status(event, record, shown) for event in plain["events"]
        ],
        "record": as_receipt(record),
        "proof": plain["proof"],
    }


def _process(
    purpose: Mapping[str, Any], record: Record, shown: Shown, url: str
) -> dict[str, object]:
    return {
        "@type": "dpv:Process",
        "dct:identifier": purpose["service_key"],
        **_what(purpose),
        **_how(purpose),
        "dpv:hasDataController": {"@id": f"#{CONTROLLER}"},
        "dpv:hasLegalBasis": _basis(record),
        "dpv:hasRecipient": purpose["recipient_third_parties"],
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": {"@id": f"{url}/"},
        },
        "dpv:hasJurisdiction": {"@id": f"loc:{jurisdiction_of(record, shown)}"},
        "dpv:hasRight": [
            {
                "@type": ["dpv:DataSubjectRight", f"eu-gdpr:{article}"],
                "dpv:isExercisedAt": {"@id": f"{url}/"},
            }
            for article in _RIGHTS
        ],
        "dpv:hasAuthority": {"@id": f"#{AUTHORITY}"},
        "dpv:hasConsentStatus": {
            "@id": _STATUS[state_of(purpose["service_key"], record)]
        },
    }


def _what(purpose: Mapping[str, Any]) -> dict[str, object]:
    """Get what is done with which data."""
    broader = _PURPOSES.get(purpose["purpose_type"], "dpv:Purpose")
    return {
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "skos:broader": {"@id": broader},
            "dct:description": purpose["purpose"],
        },
        "dpv:hasService": {"@type": "dpv:Service", "dct:title": purpose["service"]},
        "dpv:hasPersonalData": [
            {
                "@type": "dpv:PersonalData",
                "skos:broader": {"@id": "pd:Tracking"},
                "dct:identifier": data.get("pii_attribute_id", data["pii_type"]),
                "dpv:hasNecessity": {"@id": "dpv:Optional"},
            }
            for data in purpose["pii_information"]
        ],
    }


def _how(purpose: Mapping[str, Any]) -> dict[str, object]:
    """Get how, where and for how long."""
    return {
        "dpv:hasProcessing": [
            {"@id": f"dpv:{operation}"}
            for operation in ("Collect", "Store", "Use", "Disclose")
        ],
        "dpv:hasDataSource": {
            "@type": "dpv:DataSubjectDataSource",
            "dpv:hasProcessing": {"@id": "dpv:Observe"},
        },
        "dpv:hasStorageCondition": _storage(purpose),
        "dpv:hasLocation": purpose["processing_locations"],
    }


def _basis(record: Record) -> dict[str, str]:
    opt_in = record.regime.startswith("opt-in")
    return {"@id": "eu-gdpr:A6-1-a" if opt_in else "dpv:LegalBasis"}


def _storage(purpose: Mapping[str, Any]) -> list[dict[str, object]]:
    retention = purpose["retention_period"]
    spans = retention.values() if isinstance(retention, dict) else [retention]
    return [
        {
            "@type": "dpv:StorageLocation",
            "dpv:hasLocation": purpose["storage_locations"],
        },
        *(
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": span}
            for span in sorted(set(spans))
        ),
    ]


def _entity(party: Mapping[str, str]) -> dict[str, object]:
    key = party["party_id"]
    return {
        "@id": f"#{key}"
        if key in _ROLES
        else f"urn:consentkit:party:{quote(key, safe='')}",
        "@type": _ROLES.get(key, "dpv:ThirdParty"),
        "dpv:hasIdentifier": key,
        "dpv:hasName": party["party_name"],
        "dpv:hasAddress": party["party_address"],
        "dpv:hasContact": party["party_contact"],
    }


def _status(
    event: Mapping[str, Any], record: Record, shown: Shown
) -> dict[str, object]:
    return {
        "@type": _STATUS[event["event_state"]],
        "dpv:isIndicatedAtTime": {
            "@type": "xsd:dateTime",
            "@value": event["event_time"],
        },
        "dpv:hasDuration": {
            "@type": "dpv:TemporalDuration",
            "rdf:value": {"@type": "xsd:duration", "@value": validity(record, shown)},
        },
        "dpv:isIndicatedBy": {
            "@id": "dpv:Guardian" if entity(record) == "guardian" else f"#{SUBJECT}"
        },
        "dpv:hasIndicationMethod": event["event_method"],
        "dct:subject": event["event_purposes"],
    }
