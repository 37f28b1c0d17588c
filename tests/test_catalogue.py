"""The catalogue's facts, and the form in which addresses are written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consentkit.catalogue import parse_host, services
from consentkit.catalogue.reader import read_services
from consentkit.enforce.matcher import Matcher
from consentkit.enforce.urls import Address, resolve
from consentkit.policy import (
    ESSENTIAL,
    PERSONALISATION,
    Group,
    HostRule,
    InlineMark,
    NoticeTerms,
    Policy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from consentkit.policy import Cookie, Service

PAGE = Address("https", "shop.example")
SHARED = frozenset(
    re.findall(
        r"\S+",
        """
        akamaihd.net amazon.com amazonaws.com apple.com azureedge.net bing.com
        cloudflare.com cloudfront.net co.uk com.au facebook.com fbcdn.net github.io
        google.com google.de googleapis.com googleusercontent.com gstatic.com
        herokuapp.com instagram.com linkedin.com microsoft.com myshopify.com
        netlify.app paypal.com pinterest.com reddit.com shopify.com
        storage.googleapis.com t.co tiktok.com twitter.com vercel.app web.app
        wordpress.com wp.com x.com yahoo.com
        """,
    )
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    groups = {key: Group(key) for key in (ESSENTIAL, PERSONALISATION)}
    return Matcher(Policy(NoticeTerms("A shop", "privacy@shop.example"), groups))


def every() -> Iterator[Service]:
    yield from services().values()


def every_cookie() -> Iterator[tuple[Service, Cookie]]:
    yield from ((service, cookie) for service in every() for cookie in service.cookies)


def every_storage_key() -> Iterator[tuple[Service, Cookie]]:
    yield from (
        (s, cookie) for s, cookie in every_cookie() if cookie.storage != "cookie"
    )


def purposes(language: str) -> Mapping[str, str]:
    file = files("consentkit").joinpath("translations", f"{language}.json")
    found: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))["purposes"]
    return found


def test_holds_150_services_in_two_groups_and_seven_categories() -> None:
    assert len(services()) == 150
    assert {s.group for s in every()} == {ESSENTIAL, PERSONALISATION}
    assert Counter(s.category for s in every()) == {
        "advertising": 27,
        "analytics": 26,
        "email_marketing": 23,
        "essential": 26,
        "functional": 34,
        "personalisation": 5,
        "social": 9,
    }


def test_keys_are_identifiers_and_names_are_unique() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in services())
    assert all(key == service.key for key, service in services().items())
    names = Counter(s.name for s in every())
    assert names.most_common(1)[0][1] == 1


def test_no_key_is_that_of_a_group() -> None:
    assert not {ESSENTIAL, PERSONALISATION, "beacon"} & set(services())


def test_exactly_the_essential_services_say_why_nobody_can_refuse_them() -> None:
    assert all(bool(s.reason) == (s.group == ESSENTIAL) for s in every())
    assert all(s.group == ESSENTIAL for s in every() if s.category == "essential")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_purpose_and_reason_is_said_in_words(language: str) -> None:
    keys = {str(s.purpose) for s in every()}
    keys |= {str(s.reason) for s in every() if s.reason}
    keys |= {str(cookie.purpose) for _, cookie in every_cookie()}
    assert {key.partition(":")[0] for key in keys} == {"purpose"}
    assert {key.partition(":")[2] for key in keys} == set(purposes(language))
    assert all(text.endswith(".") for text in purposes(language).values())


def test_every_service_is_recognised_by_something() -> None:
    assert all(s.hosts or s.inline or s.cookies for s in every())


def test_privacy_pages_are_addresses_under_https() -> None:
    assert all(s.privacy_url.startswith("https://") for s in every() if s.privacy_url)


def test_no_service_claims_a_host_that_others_share() -> None:
    whole = {rule.host for s in every() for rule in s.hosts if not rule.path}
    assert not whole & SHARED


def test_no_two_services_claim_the_same_address() -> None:
    claims = Counter(rule for s in every() for rule in s.hosts)
    assert [rule for rule, times in claims.items() if times > 1] == []


def test_own_paths_belong_to_services_that_can_be_refused() -> None:
    owners = {s.group for s in every() for rule in s.hosts if not rule.host}
    assert owners == {PERSONALISATION}


def test_inline_marks_are_of_a_known_kind_and_belong_to_one_service() -> None:
    kinds = set(get_args(get_type_hints(InlineMark)["kind"]))
    marks = Counter(mark for s in every() for mark in s.inline)
    assert {mark.kind for mark in marks} <= kinds
    assert marks.most_common(1)[0][1] == 1


def test_no_inline_mark_fits_an_empty_or_a_plain_script(matcher: Matcher) -> None:
    values = [mark.value for s in every() for mark in s.inline]
    assert min(map(len, values)) >= 4
    patterns = [m.value for s in every() for m in s.inline if m.kind == "regex"]
    assert patterns
    assert not any(re.compile(pattern).search("") for pattern in patterns)
    assert not matcher.claim_inline("")
    assert not matcher.claim_inline(
        "shop.apply(basket); shop.analytics = {}; var support = _support, maps = [];"
        "window.dataLayer = window.dataLayer || []; function gtag() {}"
    )


def test_cookies_state_their_party_storage_and_lifetime() -> None:
    for _, cookie in every_cookie():
        assert cookie.party in {"first", "third"}
        assert (cookie.domain is not None) == (cookie.party == "third")
        assert cookie.storage in {"cookie", "local", "session"}
        assert cookie.lifetime is None or cookie.lifetime.total_seconds() > 0


def test_no_pattern_of_a_cookie_fits_everything() -> None:
    patterns = [cookie.name for _, cookie in every_cookie() if "*" in cookie.name]
    assert min(len(pattern.replace("*", "")) for pattern in patterns) >= 3


def test_storage_keys_are_too_much_their_vendors_to_fit_one_of_the_shop() -> None:
    names = {cookie.name for _, cookie in every_storage_key()}
    assert min(len(name.replace("*", "")) for name in names) >= 4
    assert not any(cookie.generic for _, cookie in every_storage_key())
    own = ["cart", "basket", "token", "theme", "user", "lastSeen", "session_id"]
    assert not [(key, n) for key in own for n in names if fnmatchcase(key, n)]


def test_session_storage_ends_with_the_session_and_is_the_shops() -> None:
    found = [cookie for _, cookie in every_storage_key()]
    assert all(c.party == "first" for c in found)
    assert all(c.lifetime is None for c in found if c.storage == "session")


@pytest.mark.parametrize(
    ("service", "storage", "names"),
    [
        ("google_tag_manager", "local", "_gcl_ls"),
        ("google_ads", "local", "_gcl_ls"),
        ("meta_pixel", "local", "lastExternalReferrer, lastExternalReferrerTime"),
        ("klaviyo", "local", "klaviyoOnsite"),
        ("klaviyo", "session", "klaviyoPagesVisitCount"),
        ("tiktok_pixel", "session", "tt_sessionId, tt_appInfo, tt_pixel_session_index"),
        ("hotjar", "local", "hjActiveViewportIds"),
        ("hotjar", "session", "hjViewportId"),
        ("microsoft_clarity", "session", "_cltk"),
        ("segment", "local", "ajs_*"),
        ("amplitude", "local", "amplitude_*, AMP_*"),
        ("mixpanel", "local", "__mpq_*, mp_*_mixpanel"),
        ("posthog", "local", "ph_*_posthog"),
        ("optimizely", "local", "optimizely_data$$*"),
        ("vwo", "local", "_vwo*"),
        ("fullstory", "local", "_fs_*"),
        ("intercom", "local", "intercom.*"),
        ("snap_pixel", "local", "u_sclid"),
        ("snap_pixel", "session", "u_scsid"),
        ("linkedin_insight", "local", "li_adsId"),
        ("attentive", "local", "__attentive*"),
        ("nosto", "local", "nosto:*"),
        ("lucky_orange", "local", "_lo_*"),
        ("crazy_egg", "local", "_ce.*"),
        ("mouseflow", "session", "mf_transmitQueue, mf_initialDomQueue"),
        ("taboola", "local", "taboola global:*"),
        ("crisp", "local", "crisp-client/*"),
        ("onesignal", "local", "onesignal-*"),
        ("tawk", "local", "twk_*"),
        ("zendesk", "local", "ZD-store"),
        ("tidio", "local", "tidio_state_*"),
    ],
)
def test_storage_keys_of_common_scripts_are_known(
    service: str, storage: str, names: str
) -> None:
    known = {c.name for c in services()[service].cookies if c.storage == storage}
    assert known >= set(names.split(", "))


def test_only_common_names_of_cookies_are_called_generic() -> None:
    generic = {cookie.name for _, cookie in every_cookie() if cookie.generic}
    assert {"cart", "session", "mf_*"} <= generic
    assert not generic & {"_ga", "_ga_*", "_gid", "_gcl_au", "_fbp", "_ttp", "__kla_id"}


def test_cookies_that_remember_a_refusal_are_marked() -> None:
    marked = {cookie.name for _, cookie in every_cookie() if cookie.opt_out}
    assert marked >= {
        "mtm_consent",
        "mtm_consent_removed",
        "mtm_cookie_consent",
        "matomo_ignore",
        "__hs_opt_out",
        "__hs_do_not_track",
        "cto_optout",
        "optimizelyOptOut",
    }


def test_no_tracker_names_a_cookie_that_an_essential_service_or_refusal_needs() -> None:
    kept = {
        cookie.name
        for service, cookie in every_cookie()
        if cookie.party == "first" and (cookie.opt_out or service.group == ESSENTIAL)
    }
    dropped = {
        cookie.name
        for service, cookie in every_cookie()
        if cookie.party == "first" and not cookie.opt_out and service.group != ESSENTIAL
    }
    assert not [(k, d) for k in kept for d in dropped if fnmatchcase(k, d)]
    assert not [(k, d) for k in kept for d in dropped if fnmatchcase(d, k)]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.googletagmanager.com/gtag/js?id=G-AB12", "google_analytics"),
        ("https://www.googletagmanager.com/gtag/js?id=AW-12", "google_ads"),
        ("https://www.googletagmanager.com/gtag/js?id=DC-12", "google_floodlight"),
        ("https://www.googletagmanager.com/gtm.js?id=GTM-X", "google_tag_manager"),
        ("https://www.googletagmanager.com/ns.html?id=GTM-X", "google_tag_manager"),
        ("/metrics/gtm.js?id=GTM-X", "google_tag_manager"),
        ("https://www.google-analytics.com/analytics.js", "google_analytics_ua"),
        ("https://www.google-analytics.com/g/collect", "google_analytics"),
        ("https://connect.facebook.net/en_US/fbevents.js", "meta_pixel"),
        ("https://connect.facebook.net/signals/config/1", "meta_pixel"),
        ("https://www.facebook.com/tr?id=1&ev=PageView", "meta_pixel"),
        ("https://connect.facebook.net/de_DE/sdk.js", "facebook_sdk"),
        ("https://www.facebook.com/plugins/page.php", "facebook_sdk"),
        ("https://www.facebook.com/try", None),
        ("https://analytics.tiktok.com/i18n/pixel/events.js", "tiktok_pixel"),
        ("https://www.tiktok.com/embed.js", "tiktok_embed"),
        ("https://static.klaviyo.com/onsite/js/Ab/klaviyo.js", "klaviyo"),
        ("https://cdn.shopify.com/extensions/1/klaviyo-1/app.js", "klaviyo"),
        ("https://static.hotjar.com/c/hotjar-1.js?sv=6", "hotjar"),
        ("https://www.paypal.com/sdk/js?client-id=x", "paypal"),
        ("https://www.paypalobjects.com/api/checkout.js", "paypal"),
        ("https://www.paypal.com/tagmanager/pptm.js", "paypal_marketing"),
        ("https://www.paypalobjects.com/muse/muse.js", "paypal_marketing"),
        ("https://www.paypal.com/signin", None),
        ("https://x.klarnacdn.net/kp/lib/v1/api.js", "klarna_payments"),
        ("https://js.klarna.com/kp/lib/v1/api.js", "klarna_payments"),
        ("https://js.klarna.com/web-sdk/v1/klarna.js", "klarna_osm"),
        ("https://eu-library.klarnaservices.com/lib.js", "klarna_osm"),
        ("https://www.clarity.ms/tag/abc", "microsoft_clarity"),
        ("//bat.bing.com/bat.js", "microsoft_uet"),
        ("https://s.pinimg.com/ct/core.js", "pinterest_tag"),
        ("https://ct.pinterest.com/v3/?tid=1", "pinterest_tag"),
        ("https://assets.pinterest.com/js/pinit.js", "pinterest_widgets"),
        ("https://sc-static.net/scevent.min.js", "snap_pixel"),
        ("https://snap.licdn.com/li.lms-analytics/i.js", "linkedin_insight"),
        ("https://px.ads.linkedin.com/collect/?pid=1", "linkedin_insight"),
        ("https://dynamic.criteo.com/js/ld/ld.js?a=1", "criteo"),
        ("https://chimpstatic.com/mcjs-connected/js/u.js", "mailchimp"),
        ("https://js-eu1.hs-scripts.com/1.js", "hubspot"),
        ("https://wheelioapp.azureedge.net/app/w.js", "wheelio"),
        ("https://www.youtube.com/embed/x", "youtube"),
        ("https://www.youtube-nocookie.com/embed/x", "youtube"),
        ("https://player.vimeo.com/video/1?dnt=1", "vimeo"),
        ("https://www.google.com/maps/embed?pb=1", "google_maps"),
        ("https://www.google.com/recaptcha/api.js", "google_recaptcha"),
        ("https://www.google.com/search", None),
        ("https://cdn.jsdelivr.net/npm/bootstrap@5/b.js", "public_cdns"),
        ("https://cdn.jsdelivr.net/npm/posthog-js@1/m.js", "posthog"),
        ("https://js.stripe.com/v3/", "stripe"),
        ("/stats/matomo.php?idsite=1", "matomo"),
        ("/static/shop.js", None),
    ],
)
def test_claims_the_addresses_of_official_snippets(
    matcher: Matcher, url: str, key: str | None
) -> None:
    address = resolve(url, PAGE)
    assert address is not None
    assert matcher.claim(address, PAGE.host) == key


@pytest.mark.parametrize(
    ("script", "key"),
    [
        ("w[l].push({'gtm.start':new Date().getTime()})", "google_tag_manager"),
        ("j.src='https://www.googletagmanager.com/gtm.js?id='+i", "google_tag_manager"),
        ("'script','https://connect.facebook.net/en_US/fbevents.js'", "meta_pixel"),
        ("if(!f._fbq)f._fbq=n;n.push=n", "meta_pixel"),
        ("(document, 'script', 'facebook-jssdk')", "facebook_sdk"),
        ("js.src='//connect.facebook.net/de_DE/sdk.js#xfbml=1'", "facebook_sdk"),
        ("w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[]", "tiktok_pixel"),
        ("r='https://analytics.tiktok.com/i18n/pixel/events.js'", "tiktok_pixel"),
        ("'https:\\/\\/analytics.tiktok.com\\/i18n\\/pixel'", "tiktok_pixel"),
        ("h._hjSettings={hjid:1,hjsv:6}", "hotjar"),
        ("(window,document,'https://static.hotjar.com/c/hotjar-','.js')", "hotjar"),
        ('t.src="https://www.clarity.ms/tag/"+i', "microsoft_clarity"),
        ('(window,document,"script","//bat.bing.com/bat.js","uetq")', "microsoft_uet"),
        ("r.src='https://s.pinimg.com/ct/core.js'", "pinterest_tag"),
        ("'https://sc-static.net/scevent.min.js'", "snap_pixel"),
        ("_linkedin_partner_id = '1'", "linkedin_insight"),
        ("window.criteo_q = window.criteo_q || []", "criteo"),
        ("'https://chimpstatic.com/mcjs-connected/js/users/a'", "mailchimp"),
        ("var _hsq = window._hsq = window._hsq || []", "hubspot"),
        ("window._klOnsite = window._klOnsite || []", "klaviyo"),
        ("var _paq = window._paq = window._paq || []", "matomo"),
        ("window.KlarnaOnsiteService.push({})", "klarna_osm"),
        ("Klarna.Payments.init({})", "klarna_payments"),
        ("paypal.Buttons({}).render('#pay')", "paypal"),
        ("new YT.Player('player')", "youtube"),
    ],
)
def test_marks_give_official_loaders_away(
    matcher: Matcher, script: str, key: str
) -> None:
    assert matcher.claim_inline(script) == {key}


def test_is_read_on_the_first_call_and_once() -> None:
    program = """
import sys
opened = []
def notice(event, args):
    if event == "open" and "catalogue/data" in str(args[0]).replace("\\\\", "/"):
        opened.append(args[0])
sys.addaudithook(notice)
from consentkit import catalogue
print(len(opened))
catalogue.services()
print(len(opened))
catalogue.services()
print(len(opened))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["0", "7", "7"]


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"group": "essential"}, "reason"),
        ({"group": "personalisation", "reason": "purpose:x"}, "reason"),
        ({"group": "personalisation", "hosts": ["com"]}, "too broad"),
        ({"group": "personalisation", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_entry_is_named(facts: Mapping[str, object], fault: str) -> None:
    text = json.dumps({"pixel": {"name": "Pixel", **facts}})
    with pytest.raises(ValueError, match=f"^pixel: .*{fault}"):
        list(read_services("analytics", text))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("cdn.spin.example", HostRule("cdn.spin.example")),
        ("CDN.Spin.Example.", HostRule("cdn.spin.example")),
        ("https://cdn.spin.example:8443/", HostRule("cdn.spin.example")),
        ("//spin.example/Wheel", HostRule("spin.example", "/Wheel")),
        ("*.spin.example", HostRule("spin.example")),
        ("spin.example/js/*wheel", HostRule("spin.example", "/js/*wheel")),
        ("spin.example/js?id=AW-", HostRule("spin.example", "/js", "id=AW-")),
        ("spin.example?id=AW-", HostRule("spin.example", "", "id=AW-")),
        ("spin.example/js#top", HostRule("spin.example", "/js")),
        ("bücher.example", HostRule("xn--bcher-kva.example")),
        ("192.0.2.7:8000/px", HostRule("192.0.2.7", "/px")),
        ("[2001:db8::1]:8000", HostRule("[2001:db8::1]")),
        ("/beacon", HostRule("", "/beacon")),
        ("/beacon?v=2", HostRule("", "/beacon", "v=2")),
    ],
)
def test_an_address_is_read(text: str, rule: HostRule) -> None:
    assert parse_host(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/",
        "//",
        "?id=1",
        "#top",
        "com",
        "*.com",
        "localhost",
        "https://",
        "https:///beacon",
        "ftp://spin.example",
        "spin.example /x",
        "spin\n.example",
        "spin..example",
        "-spin.example",
        "cdn*.spin.example",
        "me@spin.example",
        f"{'a' * 64}.example",
        "ü..example",
        "2001:db8::1",
        ":::",
        "[192.0.2.7]",
    ],
)
def test_rubbish_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse_host(text)


@given(st.text() | st.from_regex(r"[a-z*.\[\]:/?#\-]{0,20}"))
@example("℀.example")
@example(":::")
def test_what_was_read_reads_the_same_again(text: str) -> None:
    try:
        rule = parse_host(text)
    except ValueError:
        return
    written = rule.host + rule.path + (f"?{rule.query}" if rule.query else "")
    assert parse_host(written) == rule
