"""Every error that llada-edit raises on purpose.

LladaEditError
├── DocumentError(ValueError)       hole markup, offsets, encodings
├── OptionError(ValueError)         a setting outside its range, or two that contradict each other
├── DoesNotFit(ValueError)          more tokens than the model takes
├── ModelError
│   ├── UnknownModel(LookupError)   no such name, folder or cached repository
│   ├── BrokenModel                 missing file, wrong hash, pickle instead of safetensors
│   ├── UnsupportedModel            known, but it cannot infill (or needs code of its own)
│   └── NotEnoughMemory             the weights are larger than what is free
├── ConstraintError(ValueError)     a constraint that cannot be read or compiled
│   └── Unsatisfiable               no text of the asked lengths meets it
└── PluginError                     an entry point that does not load

A message says what is wrong, the offending value, and what to do. Cancelling is not an error: close the generator.
"""

from __future__ import annotations


class LladaEditError(Exception):
    """Base of all errors of this package; the command line prints it in one line."""


class DocumentError(LladaEditError, ValueError):
    """The document or its hole markup cannot be used."""


class OptionError(LladaEditError, ValueError):
    """A setting is outside its range or contradicts another one."""


class DoesNotFit(LladaEditError, ValueError):
    """The holes and the least context they need are longer than the model's window."""


class ModelError(LladaEditError):
    """A model cannot be found, read or used."""


class UnknownModel(ModelError, LookupError):
    """No model of this name is bundled, in a folder, or on the disk."""


class BrokenModel(ModelError):
    """A model's files are missing, damaged, or of a kind that is not read for safety."""


class UnsupportedModel(ModelError):
    """The model is known and cannot do what was asked."""


class NotEnoughMemory(ModelError):
    """The weights need more memory than is free."""


class ConstraintError(LladaEditError, ValueError):
    """A constraint cannot be read or compiled."""


class Unsatisfiable(ConstraintError):
    """No text of the lengths tried meets the constraint."""


class PluginError(LladaEditError):
    """An entry point is missing, doubled, or fails to load."""
