"""A model ready for use."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from llada_edit.models.base import Denoiser, ModelCard
from llada_edit.models.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Model:
    """A denoiser with its vocabulary, on a device."""

    card: ModelCard
    denoiser: Denoiser
    vocabulary: Vocabulary
    device: torch.device
