"""The page on formats names every format that is registered, with its file names, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from llada_edit.formats.registry import format_named, format_names

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_table_is_that_of_the_registry() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {name: tuple(suffixes.split()) for name, suffixes in rows} == {
        name: format_named(name).suffixes for name in format_names()
    }


def test_no_suffix_and_no_language_is_claimed_twice() -> None:
    forms = [format_named(name) for name in format_names()]
    for claims in ([s for form in forms for s in form.suffixes], [s for form in forms for s in form.language_ids]):
        assert len(claims) == len(set(claims))
    assert all(form.name == name for form, name in zip(forms, format_names(), strict=True))
