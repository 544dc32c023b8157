"""What each format lets change: in the samples, the word "free" may change, and what begins with "kept" may not."""

from __future__ import annotations

import re
from itertools import product

import pytest

from llada_edit.edits import Edit
from llada_edit.formats.gate import keep
from llada_edit.formats.registry import format_named, format_of
from llada_edit.holes import Span

# Contexts of Markdown and what may stand in them; together about 300 examples of CommonMark, GFM and its relatives.
BLOCKS = {
    "paragraph": "free INLINE\n",
    "lines": "free\nINLINE\nfree\n",
    "heading": "## free INLINE ##\n\nfree\n",
    "setext": "free INLINE\n===\n",
    "attributes": "# free INLINE {#kept .kept}\n",
    "item": "- free INLINE\n- free\n",
    "ordered": "7) free\n\n   free INLINE\n",
    "task": "- [x] free INLINE\n",
    "quote": "> free INLINE\n> free\n",
    "nested": "> 1. free\n>    > free INLINE\n",
    "alert": "> [!NOTE]\n> free INLINE\n",
    "table": "| free | free |\n|:--|--:|\n| free INLINE | free |\n",
    "footnote": "free[^kept]\n\n[^kept]: free INLINE\n",
    "definition": "free\n: free INLINE\n",
    "after front matter": "---\ntitle: kept\n---\nfree INLINE\n",
    "after toml": "+++\ntitle = kept\n+++\nfree INLINE\n",
    "after code": "```py\nkept = kept\n```\nfree INLINE\n",
    "after indented code": "free\n\n    kept kept\n\nfree INLINE\n",
    "after html": "<div class='kept'>\nkept\n</div>\n\nfree INLINE\n",
    "after comment": "<!-- kept -->\n\nfree INLINE\n",
    "after switch": "<!-- llada-edit: off -->\nkept\n\nkept *kept*\n\n<!-- llada-edit: on -->\n\nfree INLINE\n",
    "after math": "$$\nkept + kept\n$$\n\nfree INLINE\n",
    "after reference": '[kept]: http://kept "kept"\n\nfree INLINE\n',
    "fenced div": "::: {.kept}\n\nfree INLINE\n\n:::\n",
}
INLINES = {
    "nothing": "free",
    "emphasis": "*free* _free_ __free__ ***free***",
    "code": "free `kept kept` free",
    "long code": "`` kept ` kept `` free",
    "link": '[free](http://kept.org/kept "kept") free',
    "angle link": "[free *free*](<kept kept>) free",
    "autolink": "free <http://kept.org/kept> free",
    "bare link": "free https://kept.org/kept?kept=kept#kept. free",
    "mail": "free kept@kept.org free",
    "image": "![free](kept.png) free",
    "linked image": "[![free](kept.png)](kept) free",
    "footnote reference": "free[^kept] free",
    "entity": "free &kept; &copy; free",
    "escape": r"free \* \_ free",
    "html": '<span class="kept">free</span> free',
    "comment": "free <!-- kept --> free",
    "math": "free $kept + kept$ free",
    "strike": "~~free~~ free",
    "wiki": "[[kept]] [[kept|free]] free",
    "citation": "free [@kept, p. 3] free",
    "role": "free {kept}`kept` free",
    "shortcode": "free {{< kept kept >}} free",
    "placeholder": "free {{kept}} ${kept} %(kept)s {kept} <|kept|> free",
    "hole": "free [?kept: 3 words] free",
    "emoji": "free :kept_kept: free",
}
MARKDOWN = [
    pytest.param("markdown", block.replace("INLINE", inline), id=f"{first}, {second}")
    for (first, block), (second, inline) in product(BLOCKS.items(), INLINES.items())
    if first != "table" or "|" not in inline  # it would part two cells
]
SAMPLES = {
    "text": "free free\r\nfree https://kept.org/kept.\r\n\r\n  free {{kept}} free\n",
    "mdx": """import kept from 'kept'

export const kept = 1

# free {kept + kept}

free <Kept kept={kept}>free</Kept>
""",
    "latex": r"""\documentclass[kept]{kept}
\newcommand{\kept}[1]{kept kept} kept
\title{free \emph{free}} \author{kept}
kept
\begin{document}
\section[kept]{free}
free \emph{free \textbf{free}} $kept$ \(kept\) \cite[kept]{kept}~free \href{kept}{free} \url{kept} free % kept
\kept[kept]{kept} free \verb|kept| \lstinline{kept} 50\% free\footnote{free $kept$} free
\textcolor{kept}{free} \ref{kept}.

\[ kept \] free \begin{align}kept\end{align} free
\begin{itemize}[kept]
\item free \item[kept] free
\end{itemize}
\begin{kept}kept\end{kept}
\begin{verbatim}
kept } \end{kept}
\end{verbatim}
\begin{tabular}{kept}kept & kept\end{tabular}
% llada-edit: off
kept
% llada-edit: on
\begin{figure}[kept]\includegraphics[kept]{kept}\caption[kept]{free}\label{kept}\end{figure}
\begin{theorem}[kept] free \end{theorem}
\end{document}
kept
""",
    "html": """<!doctype html><html lang="kept"><head><title>free</title><style>kept</style><meta content="kept"></head>
<body class="kept"><h1>free</h1><p title="kept > kept">free <b>free</b> <code>kept</code> free &kept; free<br>free
free <a href="kept">free</a> <kbd>kept</kbd> <span translate="no">kept <b>kept</b></span> free
<p>free <img alt="kept"><pre>kept <b>kept</b></pre><script>kept < kept</script><!-- kept -->
<ul><li>free<li>free</ul><table><tr><td>free<td>free</table><textarea>kept</textarea>
<!-- llada-edit: off --><p>kept</p><!-- llada-edit: on -->
<p>free <svg><text>kept</text></svg> {{ kept }} <?php kept ?> free</body>
""",
    "rst": """free
====

free *free* **free** ``kept`` :kept:`kept <kept>` `kept <http://kept.org>`_ |kept| [1]_ kept_ free
free.

* free
* free
  free

.. kept kept
.. llada-edit: off

kept kept

.. llada-edit: on

.. note:: free free
   free

   free

   * kept

.. code-block:: kept

   kept

.. image:: kept
   :kept: kept

.. [1] free

:kept: free

free::

   kept

==== ====
kept kept
==== ====
kept kept
==== ====

free
   free
""",
    "org": """#+TITLE: free
#+AUTHOR: kept
* TODO free *free* :kept:
:PROPERTIES:
:KEPT: kept
:END:
free =kept= ~kept~ /free/ [[kept][free]] [[kept]] [fn:kept] $kept$ free
# kept
- free
- kept :: free
| kept | kept |
#+BEGIN_SRC kept
kept
#+END_SRC
#+begin_quote
free
#+end_quote
# llada-edit: off
kept
# llada-edit: on
: kept
free
""",
    "typst": """#set kept(kept: 1)
#let kept = [
  kept kept
]
= free <kept>
free *free* _free_ `kept` $kept$ @kept #kept[kept] #kept(kept)[kept] free // kept
free https://kept.org/kept free /* kept */ free

- free
+ free
/ kept: free
```kept
kept
```
// llada-edit: off
kept
// llada-edit: on
free
""",
    "python": '''#!/usr/bin/kept
# -*- coding: kept -*-
"""free free.

free `kept` kept_kept free.

Args:
    kept: free free.
        free.
    kept (kept): free.

>>> kept
kept
"""
import kept  # free

# noqa: kept
# kept = kept(kept)
# free free
# free
kept = "kept kept"  # type: kept


def kept():
    """free :kept:`kept` free."""
    return f"kept"  # TODO(kept): free


# llada-edit: off
# kept
# llada-edit: on
''',
    "javascript": """// eslint-disable kept
/**
 * free free {@link kept} free
 * @param {kept} kept - free free
 * @returns free
 */
function kept() { return "kept" /* free */ } // kept = kept;
// free
// free keptKept free
""",
    "rust": '/// free `kept` free\n/// free\nfn kept() {} // free\n/* free */\nlet kept = "kept // kept";\n',
    "go": "// free free\npackage kept\n//go:generate kept\n",
    "c": "/* free\n * free */\n#include <kept.h>\nint kept; // free\n",
    "cpp": "// free std::kept free\nint kept;\n",
    "java": "/** free\n * @param kept free\n */\nclass Kept {} // free\n",
    "typescript": "// free\nconst kept: kept = 'kept';\n",
    "tsx": "// free\nconst kept = <kept>kept</kept>;\n",
    "shell": "#!/bin/kept\n# free\necho '# kept' # free\n# shellcheck disable=kept\n",
    "csv": 'id,words\nkept,"free free, free ""free"" free"\nkept,free free free free\nkept,=kept kept kept kept\n',
    "tsv": "kept\tfree free free free\r\nkept\tfree free http://kept.org free free\r\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n<i>free</i> free\nfree <font color='kept'>free</font>\n",
    "vtt": "WEBVTT kept\n\nNOTE kept\n\nSTYLE\nkept\n\nkept\n00:01.000 --> 00:02.000 kept\n<v kept>free</v> free\n",
    "po": """msgid ""
msgstr "kept: kept\\n"

# kept
msgctxt "kept"
msgid "kept"
msgid_plural "kept"
msgstr[0] "free %(kept)s free\\n"
msgstr[1] ""
"free <b>free</b>"

#, fuzzy
msgid "kept"
msgstr "kept"

#~ msgid "kept"
""",
}


@pytest.mark.parametrize(("name", "text"), [*MARKDOWN, *SAMPLES.items()])
def test_free_words_change_and_kept_words_do_not(name: str, text: str) -> None:
    form = format_named(name)
    prose = form.read(text.encode())
    editable = [span for passage in prose.passages for span in passage.editable]
    free = [Span(*found.span()) for found in re.finditer(r"\bfree\b", text)]
    kept = [Span(*found.span()) for found in re.finditer(r"kept", text)]
    inside = [span for span in free if any(e.start <= span.start and span.end <= e.end for e in editable)]
    assert [text[: span.start] for span in free if span not in inside] == []
    assert [text[: span.end] for span in kept if any(span.overlaps(e) for e in editable)] == []
    result = keep(form, prose, [Edit(span, "changed") for span in free])
    assert result.rejected == ()
    assert result.data == re.sub(r"\bfree\b", "changed", text).encode()
    attempts = keep(form, prose, [Edit(span, "changed") for span in kept])
    assert attempts.data == text.encode()


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b.MD", "markdown"), ("x.tex", "latex"), ("x.tar.json", "json"), ("x.py", "python"), ("x.ipynb", "notebook")],
)
def test_format_by_file_name(path: str, name: str) -> None:
    form = format_of(path)
    assert form is not None and form.name == name


def test_a_file_of_no_format() -> None:
    assert format_of("md") is None and format_of("x.unknown") is None and format_of(".x") is None
