"""Which family a model folder belongs to, and its card; read from the folder's own files as data.

Nothing is imported by a name in those files (``auto_map`` is ignored) and no tensor is touched. Families that cannot
see the text to the right of a hole are refused here, by their config alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from llada_edit.errors import BrokenModel, UnsupportedModel
from llada_edit.models.base import Calibration, LengthScores, Logistic, LongFills, ModelCard
from llada_edit.models.tokenizer_files import Json, added_tokens, read_json, special_names

BUNDLED_TYPE = "llada-edit-encoder"
MASK_NAMES = ("<|mdm_mask|>", "<|mask|>", "<[MASK]>", "[MDM_MASK]", "[MASK]", "<mask>")
END_OF_TURN = ("<|eot_id|>", "<|im_end|>", "<|role_end|>", "<|endoftext|>")
SUPPORTED = (
    "LLaDA (8B, 1.5), iLLaDA, LLaDA-MoE, Dream, Dream-Coder, DreamOn, DiffuCoder, A2D (mdlm), "
    "BERT, RoBERTa, DistilBERT, ModernBERT"
)


@dataclass(frozen=True, slots=True)
class Family:
    """What holds for all checkpoints of a family where their files do not say.

    Attributes:
        name: as in `ModelCard.family`.
        defaults: published ids by config key.
        logit_shift: see `ModelCard`.
        window: tokens it was trained on, where its config promises more; None believes the config.
        framed: a masked language model between [CLS] and [SEP], which keeps no cache.
    """

    name: str
    defaults: Mapping[str, int]
    logit_shift: Literal[0, 1] = 0
    window: int | None = None
    framed: bool = False


_DREAM = {"mask_token_id": 151666, "eos_token_id": 151643, "pad_token_id": 151643}
FAMILIES = {
    family.name: family
    for family in (
        Family("llada", {"mask_token_id": 126336, "eos_token_id": 126081, "pad_token_id": 126081}),
        Family("illada", {"mask_token_id": 5, "eos_token_id": 2}),
        Family("llada-moe", {"mask_token_id": 156895, "eos_token_id": 156892, "pad_token_id": 156892}),
        Family("dream", _DREAM, logit_shift=1, window=2048),
        Family("dreamon", _DREAM | {"expand_token_id": 151667}, logit_shift=1, window=2048),
        Family("a2d", {}),
        *(Family(name, {}, framed=True) for name in ("bert", "roberta", "distilbert", "modernbert")),
        Family("bundled", {}),
    )
}

_BLOCK_CAUSAL = re.compile(r"llada[-_]?2|bailing_?moe|sdar|bd3|fast_?dllm|wedlm")
_REFUSED = (
    (
        _BLOCK_CAUSAL,
        "attends block by block to the past only, so it does not see the text to the right of a hole",
    ),
    (re.compile(r"diffusion_?gemma"), "denoises uniform noise and has no mask token, so it cannot fill marked holes"),
    (re.compile(r"mdlm"), "is a network that needs code of its own, which is never run from a model folder"),
)


def recognise(config: Json, name: str) -> Family:
    """The family of a parsed ``config.json``; raises `UnsupportedModel` with the reason.

    Args:
        config: as read.
        name: of the folder or repository: some block-causal checkpoints differ from others in their name only.
    """
    kind = str(config.get("model_type", "")).lower()
    architecture = " ".join(config.get("architectures") or ()).lower()
    adapted = kind.startswith("a2d-")
    told = f"{kind} {architecture} {name.lower() if adapted else ''}"
    if adapted and ("block_size" in config or "bd_size" in config):
        told += " bd3lm"
    for pattern, reason in _REFUSED:
        if pattern.search(told.replace("mdlm", "") if adapted else told):
            raise UnsupportedModel(f"{name} ({config.get('model_type')}) {reason}; supported: {SUPPORTED}")
    found = _family_name(config, kind, architecture, name.lower())
    if found is None:
        raise UnsupportedModel(
            f"{name} (model_type {config.get('model_type')!r}) is not a masked-diffusion or masked language model "
            f"that can be loaded; supported: {SUPPORTED}"
        )
    return FAMILIES[found]


def _family_name(config: Json, kind: str, architecture: str, name: str) -> str | None:
    if kind == BUNDLED_TYPE:
        return "bundled"
    if kind == "illada":
        return "illada"
    if kind == "llada":  # the dense model and the mixture of experts share their model_type
        return "llada-moe" if "moe" in architecture or "num_experts" in config else "llada"
    if kind == "dream":
        return "dreamon" if "expand_token_id" in config or "dreamon" in name else "dream"
    base = kind.removeprefix("a2d-")
    if base in ("bert", "roberta", "distilbert", "modernbert"):
        return base
    return "a2d" if base != kind and base in ("llama", "qwen2", "qwen3") else None


def read_card(folder: Path, name: str | None = None, ids: Mapping[str, int] | None = None) -> ModelCard:
    """The card of the model in `folder`, from its config and tokenizer files.

    Args:
        folder: of the model.
        name: as the user wrote it; None takes the folder's.
        ids: control ids by config key, such as ``mask_token_id``, that win over what the files say.
    """
    config = read_config(folder) | dict(ids or {})
    name = name or folder.name
    family = recognise(config, name)
    if family.name == "bundled":
        return bundled_card(config, name)
    files = _Files(folder, family, config)
    if family.name == "dream" and files.id_of("expand") is not None:
        family = files.family = FAMILIES["dreamon"]
    eos = files.ids("eos")
    width = int(config.get("embedding_size") or config["vocab_size"])
    card = ModelCard(
        name=name,
        family=family.name,
        mask_id=files.mask(),
        pad_id=next(iter((*files.ids("pad"), *eos, *files.ids("bos"))), 0),
        vocab_size=width,
        max_length=_max_length(config, family),
        stop_ids=tuple(dict.fromkeys((*eos, *(files.added[text] for text in END_OF_TURN if text in files.added)))),
        logit_shift=1 if config.get("right_shift_logits") else family.logit_shift,
        dialog=bool(re.search(r"instruct|chat|cpgrpo|llada-1\.5", name.lower())),
        licence=_licence(folder),
    )
    if family.framed:
        start, end = files.ids("cls") or files.ids("bos"), files.ids("sep") or eos
        if not start or not end:
            raise BrokenModel(f"{folder} names no [CLS] and [SEP] tokens; fetch its tokenizer files again")
        first, last = start[:1], end[:1]
        card = replace(card, start_ids=first, end_ids=last, stop_ids=last, always_framed=True, attention="uncached")
    elif family.name == "dreamon":
        delete = files.config.get("delete_token_id", next(iter(eos), None))
        card = replace(card, expand_id=files.id_of("expand"), delete_id=delete)
    outside = sorted(i for i in card.control_ids if not 0 <= i < width)
    if outside:
        raise BrokenModel(f"{folder} names control ids {outside} beyond its {width} logits; fetch the model again")
    return card


def read_config(folder: Path) -> Json:
    """``config.json`` as data."""
    if not (folder / "config.json").is_file():
        raise BrokenModel(f"{folder} has no config.json: it is not a model folder, or was fetched in part")
    return read_json(folder / "config.json")


def bundled_card(config: Json, name: str) -> ModelCard:
    """The card in the config of a model of our own."""
    fields: Json = {key: tuple(value) if isinstance(value, list) else value for key, value in config["card"].items()}
    calibration = _calibration(config.get("calibration", {}))
    long = config.get("long_fills")
    return ModelCard(
        **{**fields, "name": name, "family": "bundled", "calibration": calibration},
        long_fills=None if long is None else LongFills(**long),
    )


def _calibration(values: Json) -> Calibration:
    """As `bundled.store_calibration` wrote it; what is not there corrects nothing."""
    lengths = values.get("lengths")
    if lengths is not None:
        lengths = LengthScores(lengths["trust"], lengths["bridge"], tuple(map(tuple, lengths["borders"])))
    return Calibration(Logistic(**values.get("tokens", {})), Logistic(**values.get("words", {})), lengths)


class _Files:
    """Control ids, looked up in config, generation config, tokenizer files and published defaults, in this order."""

    def __init__(self, folder: Path, family: Family, config: Json) -> None:
        self.folder, self.family = folder, family
        self.config = read_json(folder / "generation_config.json") | {k: v for k, v in config.items() if v is not None}
        self.added = added_tokens(folder)
        self.names = special_names(folder)

    def ids(self, role: str) -> tuple[int, ...]:
        """All ids of a role such as ``eos``; empty where nobody says."""
        value = self.config.get(f"{role}_token_id")
        if value is None:
            value = self.added.get(self.names.get(f"{role}_token", ""), self.family.defaults.get(f"{role}_token_id"))
        if value is None:
            return ()
        return tuple(int(i) for i in value) if isinstance(value, list) else (int(value),)

    def id_of(self, role: str) -> int | None:
        """The id of a role, by its config key or a token of that name."""
        named = self.config.get(f"{role}_token_id", self.added.get(f"<|{role}|>"))
        return self.family.defaults.get(f"{role}_token_id") if named is None else int(named)

    def mask(self) -> int:
        """The mask id: config, the tokenizer's mask role, a token with a usual name, or the published default."""
        role = self.added.get(self.names.get("mask_token", ""))
        usual = next((self.added[text] for text in MASK_NAMES if text in self.added), None)
        default = self.family.defaults.get("mask_token_id")
        for value in (self.config.get("mask_token_id"), role, usual, default):
            if value is not None:
                return int(value)
        raise BrokenModel(f"{self.folder} names no mask token in config.json or its tokenizer files; fetch it again")


def _max_length(config: Json, family: Family) -> int:
    length = int(config.get("max_sequence_length") or config["max_position_embeddings"])
    if family.name == "roberta":  # its first positions stand for padding
        length -= int(config.get("pad_token_id") or 0) + 1
    return min(length, family.window or length)


def _licence(folder: Path) -> str:
    """The licence in the model page's header, if the page was fetched too."""
    page = folder / "README.md"
    if not page.is_file():
        return "unknown"
    header = re.match(r"---\n(.*?)\n---", page.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    found = re.search(r"^license:\s*(\S+)\s*$", header[1], re.MULTILINE) if header else None
    return found[1] if found else "unknown"
