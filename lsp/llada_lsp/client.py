"""What one client can do, as plain facts; capabilities are nested optionals, and nobody else has to look into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from llada_lsp.wire import plain


@dataclass(frozen=True, slots=True)
class Client:
    """Facts about a client.

    Attributes:
        applies: takes edits from the server.
        versioned: takes edits that are bound to a version.
        annotated: takes edits with a label.
        snippets: takes edits with a choice in them.
        refactors: can be told that an edit is a refactoring.
        resolves: properties of a code action that it asks for when the action is chosen.
        disables: shows actions that cannot be done, and why.
        tags: marks actions of a language model.
        markdown: hovers may be Markdown.
        progress: shows progress that the server begins.
        shows: opens documents for the server.
        content: asks the server for documents of its own.
        asks_settings: answers `workspace/configuration`.
        registers_settings: lets the server ask for `workspace/didChangeConfiguration`.
        watches: lets the server ask for changes of files.
        pulls_diagnostics: asks for diagnostics.
        refreshes: what it asks for again when told so: codeLens, inlayHint, semanticTokens, diagnostics.
        labels: completion items may have details beside their label.
        asks: lets its user choose in a message. No capability says so; those that say nothing are tried.
        denoise: wants `llada/denoise`.
        status: wants `llada/status`.
    """

    applies: bool = False
    versioned: bool = False
    annotated: bool = False
    snippets: bool = False
    refactors: bool = False
    resolves: frozenset[str] = frozenset()
    disables: bool = False
    tags: bool = False
    markdown: bool = False
    progress: bool = False
    shows: bool = False
    content: bool = False
    asks_settings: bool = False
    registers_settings: bool = False
    watches: bool = False
    pulls_diagnostics: bool = False
    refreshes: frozenset[str] = frozenset()
    labels: bool = False
    asks: bool = True
    denoise: bool = False
    status: bool = False


def believe(params: types.InitializeParams, converter: Converter) -> None:
    """Take ``capabilities`` of the initializationOptions over the client's own: some can do more than they say.

    ALE, for one, counts bytes and applies edits, and says neither; its users can say it for it.

    Raises:
        JsonRpcInvalidParams: they are none of the protocol's.
    """
    options = plain(params.initialization_options)
    if not isinstance(options, dict) or not isinstance(options.get("capabilities"), dict):
        return
    whole = _merged(converter.unstructure(params.capabilities), options.pop("capabilities"))
    try:
        params.capabilities = converter.structure(whole, types.ClientCapabilities)
    except Exception as error:
        reason = f"the capabilities in initializationOptions do not fit ({type(error).__name__})"
        raise JsonRpcInvalidParams(reason) from None
    params.initialization_options = options


def _merged(weak: dict[str, Any], strong: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(weak[name], value) if isinstance(value, dict) and isinstance(weak.get(name), dict) else value
        for name, value in strong.items()
    }
    return {**weak, **both}


def read_client(given: types.ClientCapabilities) -> Client:
    """The facts in what a client says of itself."""

    def has(path: str) -> Any:
        value: Any = given
        for name in path.split("."):
            value = getattr(value, name, None)
        return value

    action, edit = "text_document.code_action", "workspace.workspace_edit"
    # Without dataSupport an action comes back without what it was about.
    resolvable = has(f"{action}.resolve_support.properties") if has(f"{action}.data_support") else ()
    tags = has(f"{action}.tag_support.value_set") or ()
    experimental = plain(given.experimental)
    ours = experimental.get("lladaEdit") if isinstance(experimental, dict) else None
    ours = ours if isinstance(ours, dict) else {}
    refreshes = {
        name
        for name, path in (
            ("codeLens", "code_lens"),
            ("inlayHint", "inlay_hint"),
            ("semanticTokens", "semantic_tokens"),
            ("diagnostics", "diagnostics"),
        )
        if has(f"workspace.{path}.refresh_support")
    }
    return Client(
        applies=bool(has("workspace.apply_edit")),
        versioned=bool(has(f"{edit}.document_changes")),
        annotated=has(f"{edit}.change_annotation_support") is not None,
        snippets=bool(has(f"{edit}.snippet_edit_support")),
        refactors=bool(has(f"{edit}.metadata_support")),
        resolves=frozenset(resolvable or ()),
        disables=bool(has(f"{action}.disabled_support")),
        tags=types.CodeActionTag.LlmGenerated in tags,
        markdown=types.MarkupKind.Markdown in (has("text_document.hover.content_format") or ()),
        progress=bool(has("window.work_done_progress")),
        shows=bool(has("window.show_document.support")),
        content=has("workspace.text_document_content") is not None,
        asks_settings=bool(has("workspace.configuration")),
        registers_settings=bool(has("workspace.did_change_configuration.dynamic_registration")),
        watches=bool(has("workspace.did_change_watched_files.dynamic_registration")),
        pulls_diagnostics=has("text_document.diagnostic") is not None,
        refreshes=frozenset(refreshes),
        labels=bool(has("text_document.completion.completion_item.label_details_support")),
        asks=bool(ours.get("asks", True)),
        denoise=bool(ours.get("denoise")),
        status=bool(ours.get("status")),
    )
