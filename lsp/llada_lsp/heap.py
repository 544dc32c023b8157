"""Memory: what is no longer used goes back to the system, and what is used for long is not searched for garbage."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def give_back() -> None:
    """Have glibc return its free pages, which would else grow to hundreds of megabytes between small kept blocks."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def hold() -> None:
    """Take all that is there now out of the search for garbage, which with a model halts every thread for 0.1 s."""
    gc.freeze()


def let_go() -> None:
    """Free what nobody uses any more, of what was held as well."""
    gc.unfreeze()
    gc.collect()
