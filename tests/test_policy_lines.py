"""Where the keys of a TOML text stand."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.policy_lines import key_lines

KEYS = st.sampled_from(["a", "b-c", '"d.e"', "'f]'", '"g = \\""', "1"])
INLINE = st.recursive(
    st.sampled_from(["1", "1.5", "true", '"x"', "'#'", '"]}"', "2026-11-22 10:00:00"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[ {', '.join(items)} ]")
        | st.lists(inner, max_size=3).map(lambda x: "[ # ]\n" + ",\n".join(x) + "\n]")
        | st.dictionaries(KEYS, inner, max_size=2).map(
            lambda table: (
                "{ " + ", ".join(f"{k} = {v}" for k, v in table.items()) + " }"
            )
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, INLINE, max_size=4), st.dictionaries(KEYS, INLINE))
@settings(deadline=None)  # slow machines
def test_every_path_of_a_toml_text_has_its_line(
    pairs: dict[str, str], table: dict[str, str]
) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in pairs.items())
    text += "[table] # [no]\n"
    text += "".join(f"{key} = {value} # x = 1\n" for key, value in table.items())
    text += "[[list]]\n" * 2

    lines = key_lines(text)

    assert set(lines) == set(_paths(tomllib.loads(text)))
    assert lines["list", 1] == text.count("\n")
    for line in lines.values():
        assert 1 <= line <= text.count("\n")


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[Any]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    own = [path] if path else []
    return own + [
        found for step, item in items for found in _paths(item, (*path, step))
    ]
