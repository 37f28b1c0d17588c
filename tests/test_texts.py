"""The words: complete in every language, negotiated, counted and free of nudges."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.plurals import categories
from consentkit.texts import available, in_language, negotiate, texts

LANGUAGES = available()

#: Words that praise, press or play on feelings instead of saying what happens.
NUDGES = re.compile(
    r"\b(we value|we care|experience|enhance|enjoy|best|better|awesome|improve|"
    r"recommended|sorry|unfortunately|miss out|simply|just accept|got it|agree and|"
    r"wertschätzen|liegt uns am herzen|erlebnis|genießen|besser\w*|beste[mnrs]?|"
    r"optimal\w*|empfohlen|leider|verpassen|einfach nur|verstanden|"
    r"expérience|améliorer|meilleure?s?|malheureusement|recommandée?s?|"
    r"experiencia|mejorar|mejor(?:es)?|valoramos|disfrutar?|recomendad[oa]s?|"
    r"esperienza|migliorare|migliori?|purtroppo|consigliat[oaie]|"
    r"experiência|melhorar|melhor(?:es)?|infelizmente|"
    r"ervaring|verbeteren|beter|beste|helaas|aanbevolen|"
    r"upplevelsen?|förbättra|bästa|bättre|tyvärr|oplevelse|forbedre|bedre|bedst|"
    r"opplevelse|beste|dessverre|desværre|kokemus\w*|paras|parempi|valitettavasti|"
    r"lepsz\w+|najlepsz\w+|ulepsz\w+|niestety|zážitek|lepší|nejlepší|bohužel|"
    r"élmény\w*|jobb|legjobb|sajnos|experienț\w+|mai bun\w*|din păcate|"
    r"εμπειρία\w*|βελτ\w+|καλύτερ\w+|απολαύ\w+|δυστυχώς|συνιστ\w+|"
    r"изживяван\w+|подобр\w+|(?:по|най)-добр\w+|съжаление|препоръчан\w+|"
    r"iskustv\w+|izkušnj\w+|(?:po|iz)boljš\w+|naj(?:bolj|boljš)\w*|nažalost|"
    r"kogemus\w*|pare(?:m|nda)\w*|parim\w*|kahjuks|soovitatav\w*|"
    r"patirt\w+|ger(?:iau|iausi|esn)\w*|deja|rekomenduojam\w+|"
    r"pieredz\w+|(?:vis)?labāk\w*|diemžēl|ieteicam\w+|"
    r"esperjenza|aħjar|sfortunatament|rakkomandat\w*|"
    r"upplifun\w*|betri|best(?:ur?|[ai])|því miður|taithí|níos fearr|is fearr|"
    r"лучш\w+|(?:най|по)?кращ\w+|досвід\w*|на жаль|рекомендован\w+|"
    r"deneyim\w*|daha iyi|en iyi|iyileştir\w*|maalesef|önerilen|"
    r"zážit\w+|(?:naj)?lepš\w+|žiaľ|bohužiaľ|odporúčan[áéý]|"
    r"تجربة|تجربتك|أفضل|تحسين|للأسف|חוויה|חוויית|לשפר|לצערנו|מומלץ)\b|"
    r"体验|體驗|更好|最佳|抱歉|遗憾|遺憾|より良い|より良く|体験|最適|残念|申し訳|"
    r"경험|더 나은|더 좋은|최적|아쉽|죄송",
    re.IGNORECASE,
)

#: How nobody is addressed in a language that has two ways to do so.
OTHER_ADDRESS = {
    "da": r"\b(Dem|Deres)\b",
    "de": r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b",
    "es": r"\b([Uu]sted|le preguntamos|S[ui]s? (opcion|respuest|elección)\w*)\b",
    "fr": r"\b([Tt]u|[Tt]on|[Tt]es)\b",
    "it": r"\b(Lei|Su[aeo]|Suoi|Si opponga|riprovi)\b",
    "nb": r"\b(Dem|Deres)\b",
    "nl": r"\b([Uu]|[Uu]w)\b",
    "pl": r"\b(Pan|Pani|Państw\w*)\b",
    "pt": r"\b([Tt]u|[Tt]eus?|[Tt]uas?|[Vv]ocê)\b",
    "ro": r"\b([Rr]efuză|[Ss]alvează|tău|tale)\b",
    "sv": r"\b(Ni|Er|Era)\b",
}


def _raw(language: str) -> Any:
    path = files("consentkit") / "translations" / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _placeholders(string: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(string) if name}


def test_english_and_german_are_spoken() -> None:
    assert {"de", "en"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["texts", "plurals", "groups", "purposes"])
def test_no_language_misses_or_adds_a_key(language: str, part: str) -> None:
    assert _raw(language)[part].keys() == _raw("en")[part].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_string_fills_in_the_same_as_in_english(language: str) -> None:
    english = _raw("en")["texts"]
    for key, string in _raw(language)["texts"].items():
        assert _placeholders(string) == _placeholders(english[key]), key
    for forms in _raw(language)["plurals"].values():
        assert forms.keys() == categories(language)
        for category, form in forms.items():
            # Arabic and others say "a year" and "two years" without a number.
            spoken = {"n"} if category not in {"one", "two"} else set()
            assert spoken <= _placeholders(form) <= {"n"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_nudges(language: str) -> None:
    raw = _raw(language)
    for key, string in {**raw["texts"], **raw["purposes"]}.items():
        assert not NUDGES.search(string), f"{key}: {string}"
    assert not NUDGES.search(str(raw["groups"]))


@pytest.mark.parametrize(
    "nudge",
    [
        "für ein besseres Erlebnis",
        "Για καλύτερη εμπειρία",
        "为了更好的体验",
        "для кращого досвіду",
    ],
)
def test_a_nudge_is_found(nudge: str) -> None:
    assert NUDGES.search(nudge)


@pytest.mark.parametrize("language", OTHER_ADDRESS)
def test_visitors_are_addressed_in_one_way(language: str) -> None:
    other = re.compile(OTHER_ADDRESS[language])
    raw = _raw(language)
    for key, string in {**raw["texts"], **raw["purposes"]}.items():
        assert not other.search(string), f"{key}: {string}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_fill_in_the_shop_or_the_request_but_never_both(language: str) -> None:
    """A shop's name may hold braces, which a later fill-in would trip over."""
    of_policy = {"controller", "contact", "lifetime", "link"}
    for key, string in _raw(language)["texts"].items():
        names = _placeholders(string)
        assert names <= of_policy or not names & of_policy, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_purpose_of_the_catalogue_is_translated(language: str) -> None:
    used = set()
    for file in (files("consentkit") / "catalogue" / "data").iterdir():
        used |= set(re.findall(r'"purpose:([a-z_]+)"', file.read_text("utf-8")))
    assert len(used) > 10
    assert used <= texts(language).purposes.keys()


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts("../en")


def test_a_purpose_key_is_resolved_and_a_shops_own_words_stay() -> None:
    english = texts("en")
    assert english.resolve("purpose:payment") == english.purposes["payment"]
    assert english.resolve("Remembers your spin") == "Remembers your spin"
    assert texts("de").resolve({"en": "Spin", "de": "Drehen"}) == "Drehen"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("one for all", "de", "one for all"),
        ({"de": "ja", "en": "yes"}, "de-AT", "ja"),
        ({"de-AT": "jo", "en": "yes"}, "de-at", "jo"),
        ({"de": "ja", "en": "yes"}, "fr", "yes"),
        ({"fr": "oui"}, "de", "oui"),
        ({}, "de", ""),
    ],
)
def test_a_shops_text_falls_back_to_the_nearest_language(
    text: str | dict[str, str], language: str, expected: str
) -> None:
    assert in_language(text, language) == expected


@pytest.mark.parametrize(
    ("lifetime", "english", "german"),
    [
        (None, "until you close the browser", "bis Sie den Browser schließen"),
        (timedelta(seconds=3), "1 minute", "1 Minute"),
        (timedelta(minutes=90), "90 minutes", "90 Minuten"),
        (timedelta(hours=2), "2 hours", "2 Stunden"),
        (timedelta(days=1), "1 day", "1 Tag"),
        (timedelta(days=90), "90 days", "90 Tage"),
        (timedelta(days=180), "180 days", "180 Tage"),
        (timedelta(days=182), "6 months", "6 Monate"),
        (timedelta(days=365), "1 year", "1 Jahr"),
        (timedelta(days=395), "13 months", "13 Monate"),
        (timedelta(days=730), "2 years", "2 Jahre"),
    ],
)
def test_a_lifetime_is_said_in_the_unit_people_use(
    lifetime: timedelta | None, english: str, german: str
) -> None:
    assert texts("en").lifetime(lifetime) == english
    assert texts("de").lifetime(lifetime) == german


@pytest.mark.parametrize(
    ("html_lang", "accept_language", "expected"),
    [
        ("de", "en", "de"),
        ("de-AT", None, "de"),
        ("DE_at", None, "de"),
        ("de-x-shop", None, "de"),
        ("zh-TW", None, "zh-Hant"),
        ("zh-Hant-HK", None, "zh-Hant"),
        (None, "zh-SG,en;q=0.5", "zh-Hans"),
        (None, "no", "nb"),
        (None, "nn-NO,en;q=0.9", "nb"),
        (None, "pt-AO", "pt"),
        (None, "es-MX,en;q=0.9", "es"),
        ("xx", "de", "de"),
        (None, "xx, de;q=0.5, en;q=0.2", "de"),
        (None, "en;q=0.2, de;q=0.5", "de"),
        (None, "de;q=0, en", "en"),
        (None, "de;q=0", "en"),
        (None, "*", "en"),
        (None, ";;,q=1,de;q=nan,de;q=2", "en"),
        ("", "", "en"),
        (None, None, "en"),
    ],
)
def test_the_page_decides_on_the_language_then_the_browser(
    html_lang: str | None, accept_language: str | None, expected: str
) -> None:
    assert negotiate(html_lang, accept_language) == expected


@given(st.text(), st.text())
def test_no_header_breaks_the_negotiation(html_lang: str, header: str) -> None:
    assert negotiate(html_lang, header) in LANGUAGES
