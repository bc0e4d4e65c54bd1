"""The kernel "Python 3 (autograd)": IPython with the extension loaded from the start.

``python -m autograd_nb.kernel install --user`` adds it to Jupyter's list, and ``remove --user``
takes it away. ``--sys-prefix`` keeps it inside the current environment.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME = "autograd_nb"
DISPLAY_NAME = "Python 3 (autograd)"

LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<path d="M14 18C34 18 30 32 50 32M14 46C34 46 30 32 50 32" fill="none" stroke="#5b7fa6"
 stroke-width="5"/>
<path d="M36 52C26 58 18 56 12 54m7-6-8 6 6 8" fill="none" stroke="#d9822b" stroke-width="4"/>
<circle cx="14" cy="18" r="8" fill="#3f9c6a"/><circle cx="14" cy="46" r="8" fill="#3f9c6a"/>
<rect x="42" y="23" width="18" height="18" rx="4" fill="#5b7fa6"/>
</svg>
"""


def kernel_spec() -> dict[str, Any]:
    """Describe the kernel as Jupyter's ``kernel.json`` does.

    Returns
    -------
    dict
        The command line of an IPython kernel, with ``--ext=autograd_nb``.
    """
    return {
        "argv": [
            sys.executable,
            *("-Xfrozen_modules=off", "-m", "ipykernel_launcher"),
            *("-f", "{connection_file}", "--ext=autograd_nb"),
        ],
        "display_name": DISPLAY_NAME,
        "language": "python",
        "metadata": {"debugger": True},
    }


def install(*, user: bool = False, prefix: str | None = None) -> Path:
    """Add the kernel to Jupyter's list; an older copy of it is replaced.

    Parameters
    ----------
    user : bool
        For the current user only, instead of for all users of this machine.
    prefix : str, optional
        An environment's folder, such as ``sys.prefix``, to keep it inside that environment.

    Returns
    -------
    Path
        The folder that was written.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        # A temporary folder is closed to others, and its mode is copied with it.
        source.chmod(0o755)
        (source / "kernel.json").write_text(json.dumps(kernel_spec(), indent=1) + "\n")
        (source / "logo-svg.svg").write_text(LOGO)
        where = KernelSpecManager().install_kernel_spec(folder, NAME, user=user, prefix=prefix)
    return Path(where)


def remove(*, user: bool = False, prefix: str | None = None) -> Path:
    """Take the kernel away from the place where `install` put it with the same arguments.

    Parameters
    ----------
    user, prefix
        As for `install`.

    Returns
    -------
    Path
        The folder that was removed.

    Raises
    ------
    FileNotFoundError
        The kernel is not installed there.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager()
    where = Path(manager._get_destination_dir(NAME, user=user, prefix=prefix))
    shutil.rmtree(where)
    return where


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Words after the command; `sys.argv` by default.

    Returns
    -------
    int
        Exit status: 0 when it was done, 1 when it could not be.
    """
    parser = argparse.ArgumentParser(prog="python -m autograd_nb.kernel", description=__doc__)
    parser.add_argument("action", choices=["install", "remove"])
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--user", action="store_true", help="for the current user")
    place.add_argument("--sys-prefix", action="store_true", help="inside the current environment")
    place.add_argument("--prefix", metavar="FOLDER", help="inside that environment")
    args = parser.parse_args(argv)
    prefix = sys.prefix if args.sys_prefix else args.prefix
    act = install if args.action == "install" else remove
    try:
        where = act(user=args.user, prefix=prefix)
    except FileNotFoundError as error:
        print(f"{DISPLAY_NAME} is not installed in {error.filename}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"may not write {error.filename}; try --user or --sys-prefix", file=sys.stderr)
        return 1
    done = "installed in" if args.action == "install" else "removed from"
    print(f"{DISPLAY_NAME}: {done} {where}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
