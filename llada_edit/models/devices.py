"""Where a model runs and in which number format, and whether it fits there; decided before weights are read."""

from __future__ import annotations

from pathlib import Path

import torch

from llada_edit.errors import NotEnoughMemory, OptionError

GIB = 2**30
LARGE = 1_000_000_000
"""Parameters from which half the memory is worth other rounding on a CPU."""

_NAMES = {
    "float32": torch.float32,
    "fp32": torch.float32,
    "bfloat16": torch.bfloat16,
    "bf16": torch.bfloat16,
    "float16": torch.float16,
    "fp16": torch.float16,
}


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """A device by name; ``auto`` takes CUDA, then Apple's Metal, then the CPU."""
    if device != "auto":
        try:
            chosen = torch.device(device)
        except RuntimeError as error:
            raise OptionError(f"device {device!r} is not one; use auto, cpu, cuda, cuda:1 or mps") from error
        if not _is_there(chosen):
            raise OptionError(f"device {str(device)!r} is not on this machine; use auto or cpu")
        return chosen
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _is_there(device: torch.device) -> bool:
    if device.type == "cuda":
        return (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())


def choose_dtype(device: torch.device, parameters: int = 0, dtype: str | torch.dtype = "auto") -> torch.dtype:
    """The number format of the weights; ``auto`` is bfloat16 where that is fast, and on a CPU only for large models."""
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype != "auto":
        if dtype not in _NAMES:
            raise OptionError(f"dtype {dtype!r} is unknown; use auto, {', '.join(_NAMES)}")
        return _NAMES[dtype]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "cpu":
        return torch.bfloat16 if parameters >= LARGE and fast_bfloat16() else torch.float32
    return torch.float16 if parameters >= LARGE else torch.float32


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 natively; without it bfloat16 is several times slower than float32."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    checks = (getattr(torch.cpu, name, None) for name in names)
    return any(check is not None and bool(check()) for check in checks)


def free_memory(device: torch.device) -> int | None:
    """Bytes that can still be taken; None where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def check_memory(name: str, parameters: int, dtype: torch.dtype, device: torch.device, quantize: str | None) -> None:
    """Raise `NotEnoughMemory` if the weights alone are more than what is free."""
    per_parameter = {None: dtype.itemsize, "int8": 1.0, "int4": 0.55}[quantize]
    needed, free = parameters * per_parameter, free_memory(device)
    if free is None or needed <= free:
        return
    advice = "dtype='bfloat16'" if quantize is None and dtype == torch.float32 else "quantize='int4'"
    raise NotEnoughMemory(
        f"{name} needs {needed / GIB:.1f} GiB on {device} and {free / GIB:.1f} GiB are free; "
        f"try {advice}, another device, or a smaller model"
    )
