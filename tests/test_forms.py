from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

shared_shop = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
names = st.sampled_from(
    ["decision", "granted", "add", "next", "notice", "surface", "other"]
)
words = st.sampled_from(
    ["accept_all", "save", "withdraw", "spin", "essential", "banner", "/", "gpc"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner),
    max_leaves=8,
)


@pytest.fixture
def client(shop: Flask) -> FlaskClient:
    # As in production: an exception would be an answer with status 500.
    shop.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    return shop.test_client()


@shared_shop
@given(values | st.dictionaries(names, values))
def test_no_json_is_our_error(client: FlaskClient, sent: object) -> None:
    body = json.dumps(sent)
    answer = client.post("/consent/", data=body, content_type="application/json")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert set(answer.get_json()["error"]) == {"field", "why"}


@shared_shop
@given(
    st.binary(max_size=200),
    st.sampled_from(
        [
            "application/json",
            "application/json; charset=utf-16",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "\xff/\xfe",
        ]
    ),
)
def test_no_bytes_are_our_error(client: FlaskClient, body: bytes, kind: str) -> None:
    answer = client.post("/consent/", data=body, headers={"Content-Type": kind})
    assert answer.status_code in {303, 400}
    assert "Set-Cookie" not in answer.headers or answer.status_code == 303


@shared_shop
@given(st.lists(st.tuples(names, st.text() | words), max_size=6))
def test_no_form_is_our_error(
    client: FlaskClient, fields: list[tuple[str, str]]
) -> None:
    form: dict[str, list[str]] = {}
    for name, value in fields:
        form.setdefault(name, []).append(value)
    assert client.post("/consent/", data=form).status_code in {303, 400}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"accept_all"',
        "[" * 50_000,
        '{"a":' * 10_000,
        '{"decision": 1e999}',
        "9" * 5000,
        '{"decision": "\\ud800"}',
        '{"decision": "save", "granted": ["\\ud800"]}',
        '{"decision": "save", "granted": null}',
        '{"decision": "save", "granted": "spin"}',
        '{"decision": "accept_all", "decision": "accept"}',
    ],
)
def test_odd_json_is_refused(client: FlaskClient, body: str) -> None:
    answer = client.post("/consent/", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["field"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_body_without_a_form_is_no_decision(client: FlaskClient, kind: str) -> None:
    body = "decision=accept_all"
    answer = client.post("/consent/", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 400


@pytest.mark.parametrize("as_json", [True, False])
def test_a_huge_body_is_not_read(client: FlaskClient, *, as_json: bool) -> None:
    fields = {"decision": "reject_all", "next": "x" * 100_000}
    answer = (
        client.post("/consent/", json=fields)
        if as_json
        else client.post("/consent/", data=fields)
    )
    assert answer.status_code == 413


def test_null_is_as_good_as_nothing_where_nothing_is_needed(
    client: FlaskClient,
) -> None:
    body = json.dumps({"decision": "reject_all", "add": None})
    answer = client.post("/consent/", data=body, content_type="application/json")
    assert answer.status_code == 200
