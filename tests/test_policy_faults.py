"""What is said about each fault of a policy, and about all of them together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.errors import ConfigError, PolicyError
from consentkit.policy_file import load_policy
from consentkit.policy_source import PolicyFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOTICE = {"controller": "Pebble & Pine Ltd", "contact": "privacy@pebble.example"}
WHEEL = {"name": "Spin to win"}


def mapping(**tables: object) -> dict[str, object]:
    return {"notice": NOTICE, **tables}


def faults_of(source: Mapping[str, object] | Path) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        load_policy(source)
    return {fault.key: fault.remedy for fault in caught.value.faults}


def fault_of(source: Mapping[str, object]) -> tuple[str, str]:
    faults = faults_of(source)
    assert len(faults) == 1, faults
    return next(iter(faults.items()))


COOKIE: Any = {"name": "spin"}


def service(**fields: object) -> dict[str, object]:
    return mapping(services={"wheel": {**WHEEL, **fields}})


def cookie(**fields: object) -> dict[str, object]:
    return service(cookies=[{**COOKIE, **fields}])


def notice(**fields: object) -> dict[str, object]:
    return {"notice": {**NOTICE, **fields}}


@pytest.mark.parametrize(
    ("source", "path", "remedy"),
    [
        ({}, "notice", "controller and contact"),
        ({"notice": 1}, "notice", "write a table"),
        ({"notice": {"contact": "x"}}, "notice.controller", "say who asks"),
        ({"notice": {"controller": "x"}}, "notice.contact", "give an address"),
        (notice(contact=" "), "notice.contact", "empty"),
        (notice(controller={}), "notice.controller", "at least one language"),
        (notice(controller={"en": ""}), "notice.controller", "empty"),
        (notice(controller={"E!": "x"}), "notice.controller", "no language tag"),
        (notice(controller=None), "notice.controller", "leave the field out"),
        (notice(revision=0), "notice.revision", "from 1 upwards"),
        (notice(revision=2**31), "notice.revision", "from 1 upwards"),
        (notice(revision="1"), "notice.revision", "whole number"),
        (notice(revision=True), "notice.revision", "whole number"),
        (notice(lifetime="29 days"), "notice.lifetime", "30 to 395 days"),
        (notice(lifetime="396 days"), "notice.lifetime", "30 to 395 days"),
        (notice(lifetime="session"), "notice.lifetime", "30 to 395 days"),
        (notice(retention="29 days"), "notice.retention", "1 month to 10 years"),
        (notice(retention="11 years"), "notice.retention", "1 month to 10 years"),
        (notice(retention="session"), "notice.retention", "1 month to 10 years"),
        (notice(retention=25), "notice.retention", '"13 months"'),
        (notice(privacy_policy="javascript:x()"), "notice.privacy_policy", "https://"),
        (notice(privacy_policy="//evil.example"), "notice.privacy_policy", "https://"),
        (notice(revison=2), "notice.revison", "did you mean 'revision'?"),
        (mapping(servces={}), "servces", "did you mean 'services'?"),
        (mapping(colour=1), "colour", "use notice, site, groups"),
        (mapping(site={"hosts": "a.example"}), "site.hosts", "write a list"),
        (mapping(site={"hosts": ["a.example/b"]}), "site.hosts.0", "the host alone"),
        (mapping(groups=["a"]), "groups", "write tables"),
        (mapping(groups={"Stats": {}}), "groups.Stats", "a-z, 0-9 and _"),
        (mapping(groups={"a": {"aliases": ["b c"]}}), "groups.a.aliases.0", "a-z"),
        (mapping(services={"wheel": {}}), "services.wheel.name", "give it a name"),
        (
            mapping(services={"google_analytic": {}}),
            "services.google_analytic.name",
            "did you mean 'google_analytics'?",
        ),
        (mapping(services={"wheel": 1}), "services.wheel", "write a table"),
        (service(group="stats"), "services.wheel.group", "essential, personalisation"),
        (service(group="essential"), "services.wheel.reason", "can't refuse"),
        (
            mapping(services={"google_analytics": {"group": "essential"}}),
            "services.google_analytics.reason",
            "can't refuse",
        ),
        (service(hosts=["spin"]), "services.wheel.hosts.0", "spin"),
        (service(hosts=[1]), "services.wheel.hosts.0", "in quotes"),
        (service(inline=["a("]), "services.wheel.inline.0", "too short"),
        (service(purpose=""), "services.wheel.purpose", "empty"),
        (service(privacy_url="spin.example"), "services.wheel.privacy_url", "https://"),
        (service(cookies=[{}]), "services.wheel.cookies.0.name", "give the name"),
        (cookie(name="**"), "services.wheel.cookies.0.name", "every cookie"),
        (cookie(party="our"), "services.wheel.cookies.0.party", "first, third"),
        (cookie(storage=[]), "services.wheel.cookies.0.storage", "cookie, local"),
        (cookie(opt_out=1), "services.wheel.cookies.0.opt_out", "true or false"),
        (cookie(lifetime=90), "services.wheel.cookies.0.lifetime", '"90 days"'),
        (cookie(lifetime="ever"), "services.wheel.cookies.0.lifetime", '"90 days"'),
        (cookie(lifetime="396 days"), "services.wheel.cookies.0.lifetime", "13 months"),
        (
            service(cookies=[COOKIE, {**COOKIE, "lifetime": "1 day"}]),
            "services.wheel.cookies.1.name",
            "declared twice",
        ),
        (mapping(hooks={"a": {}}), "hooks.a.group", "group or service"),
        (mapping(hooks={"a": {"group": "b"}}), "hooks.a.group", "no such group"),
        (
            mapping(hooks={"a": {"service": "klavyio"}}),
            "hooks.a.service",
            "did you mean 'klaviyo'?",
        ),
        (
            mapping(hooks={"a": {"service": "klaviyo", "group": "essential"}}),
            "hooks.a.group",
            "in the group 'personalisation'",
        ),
    ],
)
def test_a_fault_has_its_path_and_remedy(
    source: dict[str, object], path: str, remedy: str
) -> None:
    found_path, found_remedy = fault_of(source)

    assert found_path == path
    assert remedy in found_remedy


def test_an_essential_cookie_may_stay_as_long_as_it_must() -> None:
    entry = {"group": "essential", "reason": "Security"}
    source = cookie(lifetime="2 years")
    source["services"]["wheel"] |= entry  # type: ignore[index]  # a literal above

    assert load_policy(source).services["wheel"].cookies


@pytest.mark.parametrize(
    ("tables", "path"),
    [
        ({"groups": {"wheel": {}}, "services": {"wheel": WHEEL}}, "services.wheel"),
        ({"groups": {"beacon": {}}}, "groups.personalisation"),
        ({"groups": {"essential": {"aliases": ["beacon"]}}}, "groups.personalisation"),
        ({"groups": {"a": {"aliases": ["beacon"]}}}, "groups.a.aliases.0"),
        ({"groups": {"a": {"aliases": ["b", "b"]}}}, "groups.a.aliases.1"),
        ({"groups": {"a": {"aliases": ["essential"]}}}, "groups.a.aliases.0"),
        ({"groups": {"klaviyo": {}}}, "groups.klaviyo"),
        ({"services": {"beacon": WHEEL}}, "services.beacon"),
        ({"hooks": {"essential": {"group": "essential"}}}, "hooks.essential"),
        ({"hooks": {"klaviyo": {"service": "klaviyo"}}}, "hooks.klaviyo"),
    ],
)
def test_one_word_means_one_thing(tables: dict[str, object], path: str) -> None:
    found_path, remedy = fault_of(mapping(**tables))

    assert found_path == path
    assert "is already" in remedy


def test_a_service_cannot_claim_one_address_twice() -> None:
    hosts = ["cdn.spin.example", "spin.example/js", "CDN.Spin.example."]
    path, remedy = fault_of(mapping(services={"a": {**WHEEL, "hosts": hosts}}))
    assert path == "services.a.hosts.2"
    assert "declared twice" in remedy


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("spin.example", "spin.example", True),
        ("spin.example", "SPIN.example.", True),
        ("spin.example/a", "spin.example/a", True),
        ("spin.example/a", "spin.example/b", False),
        ("spin.example/a?x=1", "spin.example/a?x=2", False),
        ("spin.example", "cdn.spin.example", False),
    ],
)
def test_two_services_cannot_claim_one_address(
    first: str, second: str, *, clash: bool
) -> None:
    source = mapping(
        services={"a": {**WHEEL, "hosts": [first]}, "b": {**WHEEL, "hosts": [second]}}
    )
    if clash:
        path, remedy = fault_of(source)
        assert path == "services.b.hosts.0"
        assert "a claims this already" in remedy
    else:
        assert len(load_policy(source).services) == 2


def test_an_address_of_the_catalogue_or_the_shop_is_not_claimed_again() -> None:
    hosts = ["google-analytics.com", "cdn.pebble.example"]
    source = mapping(
        site={"hosts": ["cdn.pebble.example"]},
        services={"google_analytics": {}, "wheel": {**WHEEL, "hosts": hosts}},
    )

    faults = faults_of(source)

    assert "google_analytics claims" in faults["services.wheel.hosts.0"]
    assert "the shop itself claims" in faults["services.wheel.hosts.1"]


FAULTY = """\
# A policy with a fault of every kind.
[notice]
controller = "Pebble"
lifetime = "10 days"

[services.wheel]
name = '''
The [services.other] wheel'''
"group" = "stats"
cookies = [
  # the first is fine ]
  { name = "a", lifetime = "90 days" },
  { name = "b", lifetime = "500 days" }, { name = "*" },
]

[[services.films.cookies]]
name = "x"

[[services.films.cookies]]
name = "y"
lifetime = "2 years"
"""


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    path.write_text(FAULTY)

    with pytest.raises(PolicyError) as caught:
        load_policy(path)

    found = [
        (fault.line, fault.key, fault.value)
        for fault in caught.value.faults
        if isinstance(fault, PolicyFault)
    ]
    assert found == [
        (2, "notice.contact", None),
        (4, "notice.lifetime", "10 days"),
        (9, "services.wheel.group", "stats"),
        (13, "services.wheel.cookies.2.name", "*"),
        (13, "services.wheel.cookies.1.lifetime", "500 days"),
        (16, "services.films.name", None),
        (21, "services.films.cookies.1.lifetime", "2 years"),
    ]
    message = str(caught.value)
    assert str(path) in message
    assert "line 4: notice.lifetime = '10 days': an answer is kept" in message
    assert message.count("\n") == len(found)


def test_a_fault_that_causes_others_is_told_alone() -> None:
    source = mapping(services={"wheel": {"name": 5, "group": ["stats"]}})

    assert set(faults_of(source)) == {"services.wheel.name", "services.wheel.group"}


def test_a_missing_file_is_named_with_the_way_to_get_one(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"

    with pytest.raises(PolicyError, match="flask consent init") as caught:
        load_policy(path)

    assert caught.value.source == str(path)
    assert isinstance(caught.value.__cause__, FileNotFoundError)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 1\nb = \n", "line 2: this isn't TOML: "),
        (b"a = 1\n\nb = '''", "line 3: this isn't TOML: "),
        (b"a = 1\n# \xff", "line 2: .*UTF-8"),
        (b"a = " + b"[" * 5000, "nest too deeply"),
    ],
    ids=["value", "open string", "latin-1", "deep"],
)
def test_what_is_no_toml_is_told_with_its_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "consent.toml"
    path.write_bytes(content)

    with pytest.raises(PolicyError, match=message):
        load_policy(path)


def test_a_folder_or_an_impossible_name_is_no_policy(tmp_path: Path) -> None:
    for source in (tmp_path, "nul\0byte"):
        with pytest.raises(PolicyError, match="can't be read"):
            load_policy(source)


def test_faults_can_be_told_as_json() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy({"services": [1, {"a": [2]}], "notice": object()})

    values = [fault.value for fault in caught.value.faults]
    assert json.loads(json.dumps(values))


WORDS = st.sampled_from(
    [
        *("notice", "site", "groups", "services", "hooks", "controller", "contact"),
        *("revision", "lifetime", "name", "group", "hosts", "inline", "cookies"),
        *("aliases", "service", "reason", "purpose", "storage", "party", "essential"),
        *("personalisation", "beacon", "google_analytics", "klaviyo", "90 days"),
        "retention",
        *("cdn.spin.example", "/path", "*", "", "_schema"),
    ]
)
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
JUNK = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)
TABLES = ("notice", "site", "groups", "services", "hooks")


@given(
    st.dictionaries(WORDS | st.text(), JUNK)
    | st.fixed_dictionaries(
        {"notice": st.just(NOTICE)},
        optional={
            table: st.dictionaries(WORDS, st.dictionaries(WORDS, JUNK) | JUNK)
            for table in TABLES[1:]
        },
    )
)
@settings(deadline=None)  # the first example reads the catalogue
def test_junk_loads_or_is_refused_with_reasons(junk: dict[str, object]) -> None:
    refusal: ConfigError | None = None
    try:
        policy = load_policy(junk)
    except ConfigError as error:
        refusal = error
    if refusal:
        assert isinstance(refusal, PolicyError)
        assert refusal.faults
        assert str(refusal).count("\n") >= len(refusal.faults)
    else:
        assert set(policy.tokens) == policy.optional
        assert len(policy.fingerprint) == 64
