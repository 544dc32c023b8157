"""Take from this process, and from those it starts, what lets root write into files that nobody may write into."""

import ctypes

_VERSION_3 = 0x20080522


def drop():
    """Without effect, and without need, for others than root."""
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")
