"""`torch.torch_version`: a version that is a string, and is compared as a version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .version import __version__ as _followed

__all__ = ["TorchVersion"]

_FORM = re.compile(
    r"v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<phase>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<phase_n>\d*))?"
    r"(?:[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_n>\d*))?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_n>\d*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
)
# Which comes first: a development release, the phases before a release, the release itself.
_DEV, _FINAL = -1, 3
_PHASES = {"alpha": 0, "a": 0, "beta": 1, "b": 1, "preview": 2, "pre": 2, "rc": 2, "c": 2}


def _key(version: Any) -> tuple[Any, ...] | None:
    """Return what orders versions as Python's packages are ordered, or None of other strings."""
    if not isinstance(version, str):
        if isinstance(version, Iterable):
            version = ".".join(str(part) for part in version)
        elif not hasattr(version, "release"):  # as the versions of `packaging` have
            return None
    found = _FORM.fullmatch(str(version).strip().lower())
    if found is None:
        return None
    release = [int(part) for part in found["release"].split(".")]
    while release and not release[-1]:  # 2.0 is 2
        release.pop()
    early = found["dev"] is not None
    bare = found["phase"] is None and found["post"] is None
    phase = _PHASES[found["phase"]] if found["phase"] else _DEV if early and bare else _FINAL
    local = re.split(r"[-_.]", found["local"]) if found["local"] else []
    return (
        int(found["epoch"] or 0),
        release,
        (phase, int(found["phase_n"] or 0)),
        int(found["post_n"] or 0) if found["post"] else -1,
        int(found["dev_n"] or 0) if early else float("inf"),
        [(int(part), "") if part.isdigit() else (-1, part) for part in local],
    )


class TorchVersion(str):
    """A version as a string, compared as a version with strings, tuples and versions.

    What is no version is compared as a string.

    Examples
    --------
    >>> TorchVersion("2.13.0") > "2.8", TorchVersion("2.13.0") >= (1, 9)
    (True, True)
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def _compared(self, other: Any, how: str) -> Any:
        mine, theirs = _key(str(self)), _key(other)
        if mine is None or theirs is None:
            return getattr(str, how)(self, other)
        return getattr(tuple, how)(mine, theirs)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, "__eq__")

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, "__lt__")

    def __le__(self, other: Any) -> Any:
        return self._compared(other, "__le__")

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, "__gt__")

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, "__ge__")


__version__ = TorchVersion(_followed)
