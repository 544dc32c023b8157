"""Where a model runs and in which number format, and whether it fits there; decided before weights are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from llada_edit.errors import NotEnoughMemory, OptionError

DeviceMap = str | dict[str, int | str]
"""What accelerate takes: the name of a strategy, or a device for every part of a network."""
GIB = 2**30
LARGE = 1_000_000_000
"""Parameters from which half the memory is worth other rounding on a CPU."""

_WANTED = re.compile(r"[Tt]ried to allocate ([\d.]+) ?(bytes|[KMG]iB|[KMG]B)?")
_UNITS = {"K": 2**10, "M": 2**20, "G": GIB}
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


@contextmanager
def enough_memory(what: str, device: torch.device, advice: str) -> Iterator[None]:
    """Raise `NotEnoughMemory` where a device, or this machine, has none left while `what` is done."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        wanted = _wanted(str(error))
        more = f" (another {wanted / GIB:.2f} GiB were asked for)" if wanted else ""
        raise NotEnoughMemory(f"{what} needs more memory than {device} has free{more}; {advice}") from error


def _out_of_memory(error: Exception) -> bool:
    """CUDA and Metal have a type or a phrase for it, the allocator of the CPU another phrase."""
    phrases = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(p in str(error).lower() for p in phrases)


def _wanted(message: str) -> float:
    """Bytes that the failed request was for; 0 where the message does not say."""
    found = _WANTED.search(message)
    return float(found[1].rstrip(".")) * _UNITS.get((found[2] or "b")[0], 1) if found else 0.0
