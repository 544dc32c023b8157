"""Models worth having, from small to large, and which of them this machine can carry.

Sizes are those that were published; how good a model is, and whether it is on this disk, is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rung:
    """A model worth having, and what for; parameters as published."""

    name: str
    parameters: int
    purpose: str


LADDER = (
    Rung("bundled", 17_300_000, "any CPU, nothing to fetch: words and short phrases"),
    Rung("dllm-hub/ModernBERT-base-chat-v0.1", 150_000_000, "any CPU: better words, English"),
    Rung("dllm-hub/ModernBERT-large-chat-v0.1", 396_000_000, "a CPU with some patience"),
    Rung("dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1", 752_000_000, "a good CPU: phrases, many languages (A2D)"),
    Rung("GSAI-ML/LLaDA-8B-Instruct", 8_020_000_000, "a GPU: sentences and paragraphs"),
)


def judged(rung: Rung) -> dict[str, Any]:
    """A rung with a verdict: whether its weights go into the memory that is free now, on the GPU or beside the CPU."""
    from llada_edit.models import devices
    from llada_edit.models.disk import human_size

    row = {"name": rung.name, "parameters": rung.parameters, "purpose": rung.purpose}
    best, cpu = devices.choose_device(), devices.choose_device("cpu")
    needed = free = 0
    for device in dict.fromkeys((best, cpu)):
        needed = rung.parameters * devices.choose_dtype(device, rung.parameters).itemsize
        available = devices.free_memory(device)
        if available is None:
            return row | {"fits": None, "note": f"needs {human_size(needed)} of memory"}
        if needed <= available:
            slow = device.type == "cpu" and rung.parameters >= devices.LARGE
            return row | {"fits": True, "note": f"fits the {device.type}{', but slow there' if slow else ''}"}
        free = available
    return row | {"fits": False, "note": f"too large: {human_size(needed)} needed, {human_size(free)} free"}
