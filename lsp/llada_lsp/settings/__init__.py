"""What can be set, where it may be set, and who wins."""

from llada_lsp.settings.reading import read_settings
from llada_lsp.settings.schema import MOST, Engine, Settings

__all__ = ["MOST", "Engine", "Settings", "read_settings"]
