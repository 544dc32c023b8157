"""What may be written to stderr: where something went wrong, and never what somebody wrote."""

from __future__ import annotations

import logging
import traceback


class Discreet(logging.Formatter):
    """Log lines without what the client wrote: the message before its values are put in, and where an error arose."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        text = f"{record.levelname.lower()}: {record.name}: {record.msg}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f"\n{frames_of(record.exc_info[1])}"
        return text


def frames_of(error: BaseException) -> str:
    """Type of an error and the code it came through, without its message, which may quote the document."""
    return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])


def log_discreetly() -> None:
    """Send warnings to stderr in the form of `Discreet`; no text of a document ever goes there."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet())
    for name in ("pygls", "llada_lsp", "websockets", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)
    # Every refused connection would be a warning with a traceback.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
