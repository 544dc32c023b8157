"""Words that nothing ends on, and where a text ends."""

import pytest

from llada_edit.endings import HANGING, OPEN_ENDED, ends_paragraph, truncated


@pytest.mark.parametrize(
    ("right", "ends"),
    [
        ("", True),
        ("  ", True),
        ("\n", True),
        ("\n\nBest", True),
        ("\r\n\r\nB", True),
        (" b", False),
        (".", False),
        ("\nb", False),
    ],
)
def test_where_a_paragraph_ends(right, ends):
    assert ends_paragraph(right) is ends


def test_what_hangs():
    assert {"the", "of", "is", "not", "because"} <= HANGING
    assert not {"his", "no", "this", "it", "in"} & HANGING
    assert all(truncated(f"he saw {word}", "") for word in OPEN_ENDED)
    assert not truncated("he saw it", "")
