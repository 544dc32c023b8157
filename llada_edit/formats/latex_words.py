"""Which macros and environments of LaTeX hold prose; whatever is not named here is protected with its arguments.

Signatures are read from left to right: ``*`` a star, ``o`` an optional argument, ``m`` a mandatory one, both protected;
``p`` a mandatory argument that belongs to the text around it, ``b`` one that is a block of its own.
"""

from __future__ import annotations

from llada_edit.formats.base import Kind
from llada_edit.formats.inline import words

_INLINE = (
    "emph textbf textit textsl textsc textsf textrm textup textmd textnormal underline uline enquote mbox sout hl alert"
    " foreignquote textquote MakeUppercase textsuperscript textsubscript added"
)
_HEADINGS = "part chapter section subsection subsubsection paragraph subparagraph addchap addsec"

PROSE_MACROS: dict[str, str] = {
    **dict.fromkeys(words(_INLINE), "p"),
    **dict.fromkeys(words(_HEADINGS), "*ob"),
    "title": "ob",
    "subtitle": "ob",
    "frametitle": "ob",
    "framesubtitle": "ob",
    "caption": "*ob",
    "subcaption": "ob",
    "captionof": "mob",
    "footnote": "op",
    "thanks": "p",
    "href": "omp",
    "hyperref": "op",
    "textcolor": "omp",
    "item": "o",
}

KINDS: dict[str, Kind] = {
    **dict.fromkeys([*words(_HEADINGS), "title", "subtitle", "frametitle", "framesubtitle"], "heading"),
    "caption": "caption",
    "subcaption": "caption",
    "captionof": "caption",
    "item": "item",
}

# Macros that take no argument: what stands behind them is prose again.
BARE = words(
    "LaTeX TeX LaTeXe BibTeX ldots dots textellipsis noindent indent centering raggedright raggedleft par quad qquad"
    " tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge bfseries itshape slshape scshape"
    " sffamily rmfamily ttfamily mdseries upshape normalfont em bf it rm sc sf sl hfill vfill newline linebreak"
    " pagebreak clearpage cleardoublepage newpage maketitle tableofcontents listoffigures listoftables appendix"
    " frontmatter mainmatter backmatter smallskip medskip bigskip protect relax ss ae AE oe OE aa AA o O l L i j"
    " textbackslash textasciitilde textasciicircum textendash textemdash textquoteleft textquoteright S P copyright"
    " dag ddag pounds euro texteuro today slash xspace pause hline toprule midrule bottomrule"
)

# Breaks the paragraph, though it stands alone.
BREAKS = words("par newpage clearpage cleardoublepage maketitle tableofcontents appendix")

# Definitions: all up to the end of the next group is protected.
DEFINITIONS = words("def gdef edef xdef let futurelet newif catcode")

VERBATIM = words("verb Verb lstinline mintinline url path nolinkurl")

PROSE_ENVIRONMENTS: dict[str, str] = {
    **dict.fromkeys(
        words(
            "document abstract quote quotation verse center flushleft flushright titlepage appendices acknowledgements"
            " acknowledgments acks columns small footnotesize large landscape sloppypar spacing"
        ),
        "",
    ),
    **dict.fromkeys(
        words(
            "itemize enumerate description compactitem figure figure* table table* wrapfigure theorem lemma proof"
            " definition corollary proposition remark example conjecture claim note letter frame"
        ),
        "o",
    ),
    "minipage": "ooom",
    "column": "om",
    "block": "ob",
    "alertblock": "ob",
    "exampleblock": "ob",
    "multicols": "mo",
}
QUOTES = frozenset({"quote", "quotation", "verse"})
RAW_ENVIRONMENTS = words(
    "verbatim verbatim* Verbatim BVerbatim LVerbatim lstlisting minted comment filecontents filecontents*"
)
