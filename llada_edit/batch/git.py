"""What git says about files. No git, or no checkout: None, or nothing. The repository's own hooks do not run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from llada_edit.errors import OptionError

_CLOSED = re.compile(r"could not open directory '(.+?)/?': ")
# A checkout from elsewhere may name programs in its configuration.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=")


def listed(root: Path, folder: str, closed: set[str]) -> set[str] | None:
    """Files of a folder that git has or would add, below `root`; None where git does not keep it.

    Folders that it could not look into are added to `closed`.
    """
    warnings: list[str] = []
    said = _git(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", folder or ".", said=warnings
    )
    closed.update(found[1] for line in warnings if (found := _CLOSED.search(line)))
    return None if said is None else set(said)


def ignored(root: Path, paths: Sequence[str]) -> set[str]:
    """Those of some paths that git ignores."""
    return set(_git(root, "check-ignore", "-z", "--stdin", given="\0".join(paths)) or ())


def changed(root: Path, since: str) -> set[str]:
    """Files below `root` that differ from a commit, or that git does not have yet.

    Raises:
        OptionError: no git, no checkout, or no such commit.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    if not commit:
        raise OptionError(f"--changed-since {since}: {root} has no such commit; give one that git knows")
    name = commit[0].strip()
    differing = _git(root, "diff", "-z", "--name-only", "--no-ext-diff", "--no-textconv", "--relative", name, "--")
    fresh = _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    return {*(differing or ()), *(fresh or ())}


def dirty(root: Path, paths: Iterable[str]) -> set[str]:
    """Those of some files of whose present text git has no copy.

    They differ from the last commit, git does not have them, or they lie in no checkout: nobody could get the old text
    back. Each file is asked of the checkout that its own folder is in.
    """
    below: dict[str, list[str]] = {}
    for path in paths:
        below.setdefault(path.rpartition("/")[0], []).append(path)
    found, held = set[str](), dict[str, set[str]]()
    for folder, inside in below.items():
        top, prefix = (_said(root / folder, option) for option in ("--show-toplevel", "--show-prefix"))
        if top is None or prefix is None:
            found.update(inside)
            continue
        saved = held[top] if top in held else held.setdefault(top, _saved(Path(top)))
        found.update(path for path in inside if prefix + path.rpartition("/")[2] not in saved)
    return found


def _saved(top: Path) -> set[str]:
    """Files of a checkout that are as the last commit has them."""
    status = _git(top, "status", "-z", "--porcelain", "--no-renames", "--untracked-files=no")
    if status is None:
        return set()
    return set(_git(top, "ls-files", "-z", "--cached") or ()) - {entry[3:] for entry in status}


def _said(folder: Path, option: str) -> str | None:
    """One line of what git knows of a folder; None outside a checkout."""
    found = _git(folder, "rev-parse", option)
    return None if found is None else "".join(found).removesuffix("\n")


def _git(root: Path, *arguments: str, given: str = "", said: list[str] | None = None) -> list[str] | None:
    """What git prints, parted at zero bytes; None where it fails. Lines of its stderr go to `said`."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=root,
            input=given.encode("utf-8", "surrogateescape"),
            capture_output=True,
            env=environment,
            check=False,
        )
    except OSError:
        return None
    if done.returncode not in (0, 1) or (done.returncode == 1 and arguments[0] != "check-ignore"):
        return None
    if said is not None:
        said += done.stderr.decode("utf-8", "surrogateescape").splitlines()
    return [part for part in done.stdout.decode("utf-8", "surrogateescape").split("\0") if part]
