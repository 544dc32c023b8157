"""Signs of markup, told by the text around alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.marks import MARKUP, marks_of, sound


@pytest.mark.parametrize(
    ("left", "right", "never", "allowed"),
    [
        ("We saw ", " there.", "<>{}\\*_`$|#[]", "()\"'-.,"),
        ("<p>", "</p>\n", "<>{}\\&", ""),
        ("\\begin{document}\n", "\n\\end{document}", "<>{}\\%&$#_", ""),
        ("x = {a: 1}\ny = ", "\n", "<|", "{}"),
        ("A **bold** word and ", ".", "_`", "*"),
        ("if x < 5 and y > ", ":", "{}", "<>"),
    ],
)
def test_what_does_not_stand_around_is_not_brought(left, right, never, allowed):
    found = marks_of(left, right)
    assert set(never) <= set(found.never)
    assert not set(allowed) & set(found.never)
    assert set(MARKUP) <= set(type(found)(found.never, found.opens, strict=True).signs)


@pytest.mark.parametrize(
    ("left", "right", "opens"),
    [
        ("", " Then we went home.", True),
        ("a\n\n", "\n\nb", True),
        ("> ", " said the old man.", True),
        ("# Title\n\n", "\n", True),
        ("a ", " b", False),
        ("| ", " | 3 |", False),
        ("- apples\n", "\n- pears", False),  # another item is welcome
        ("**", "**.", False),
    ],
)
def test_where_a_sign_would_open_a_block(left, right, opens):
    assert marks_of(left, right).opens is opens


@pytest.mark.parametrize(
    ("fill", "left", "right", "good"),
    [
        ("an old man", "It was ", ".", True),
        ('"Yes," he said', "Then ", ".", True),
        ('"Yes', "Then ", ".", False),
        ('Yes,"', 'He said, "', "", True),  # what was open may be closed
        ('Yes," and "no', '"', '" she said.', False),
        ("Yes", '"', '" she said.', True),
        ("(or not)", "It rained ", ".", True),
        ("or not)", "It rained (", ".", True),
        ("or not)", "It rained (", ").", False),
        ("or (not", "It rained ", ".", False),
        ("OK** and **no", "**", "** b", False),
        ("**OK**", "A **b** ", ".", True),
        ("**OK", "A **b** ", ".", False),
        ("it's the dogs", "It was ", ".", True),
        ("'Yes,' he said", "Then ", ".", True),
        ("Yes,'", "Then ", ".", False),
        ("# Heading", "", "\n\nText.", False),
        ("1. One", "a\n\n", "\n\nb", False),
        ("- three", "- one\n", "\n- two", True),
        ("a # b", "", "\n", True),
        ("$5", "It costs ", ".", False),
    ],
)
def test_pairs_and_blocks(fill, left, right, good):
    assert sound(fill, left, right) is good


@given(st.text('"()[]{}*`ab \u201c\u201d', max_size=12), st.text("ab. ", max_size=5), st.text("ab. ", max_size=5))
def test_a_sound_fill_of_prose_leaves_nothing_open(fill, left, right):
    if sound(fill, f"x {left}", right):
        assert fill.count('"') % 2 == 0
        for opening, closing in ("()", "[]", "{}", "\u201c\u201d"):
            assert fill.count(opening) == fill.count(closing)
            assert all(fill[:i].count(opening) >= fill[:i].count(closing) for i in range(len(fill) + 1))
