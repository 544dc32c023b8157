"""Where a network of transformers goes and in which numbers, as arguments of its loader.

Knows which packages each choice needs; what is loaded is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
import transformers

from llada_edit.errors import OptionError
from llada_edit.models.devices import DeviceMap


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a network goes and in which numbers; see `load` for the fields."""

    device: torch.device
    dtype: torch.dtype
    quantize: str | None = None
    device_map: DeviceMap | None = None

    def choices(self) -> dict[str, Any]:
        """Arguments of `from_pretrained`; without accelerate, or for the CPU, the network is moved afterwards."""
        spread: Any = self.device_map
        if spread is None and find_spec("accelerate") and self.device.type != "cpu":
            spread = {"": self.device}
        if self.device_map is not None and not find_spec("accelerate"):
            raise OptionError(f"device_map={self.device_map!r} needs one more package: pip install accelerate")
        return {"device_map": spread, "quantization_config": _quantization(self.quantize)}


def _quantization(quantize: str | None) -> Any:
    if quantize is None:
        return None
    if find_spec("bitsandbytes") is None or find_spec("accelerate") is None:
        raise OptionError(f"quantize={quantize!r} needs two more packages: pip install bitsandbytes accelerate")
    settings: Any = transformers.BitsAndBytesConfig
    return settings(load_in_8bit=quantize == "int8", load_in_4bit=quantize == "int4")
