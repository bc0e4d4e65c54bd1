"""A real IPython shell, and a real kernel."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="session")
def ipython() -> InteractiveShell:
    """The shell of this process: IPython's display finds only the one instance."""
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # The completer of names by type inference is slow and not asked about here.
    shell.Completer.use_jedi = False
    return shell


@pytest.fixture
def shell(ipython: InteractiveShell) -> Iterator[InteractiveShell]:
    """The shell with the extension loaded and nothing of the user's."""
    ipython.reset(new_session=True)
    ipython.run_line_magic("load_ext", "autograd_nb")
    yield ipython
    if "autograd_nb" in ipython.extension_manager.loaded:
        ipython.run_line_magic("unload_ext", "autograd_nb")


@dataclass
class Ran:
    """What a kernel answered to one cell."""

    status: str = ""
    count: int = 0
    result: str | None = None
    stdout: str = ""
    stderr: str = ""
    traceback: str = ""
    displays: list[dict[str, Any]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


def environment() -> dict[str, str]:
    """A kernel's environment, in which the checkout is importable also where not installed."""
    checkout = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


class Kernel:
    """A running kernel and the client that talks to it."""

    def __init__(self, manager: Any, client: Any) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str, *, interrupt_at: str = "", **options: Any) -> Ran:
        """Run a cell; interrupt it when it has printed some word."""
        ran = Ran()

        def hear(message: dict[str, Any]) -> None:
            kind, content = message["msg_type"], message["content"]
            ran.order.append(kind)
            if kind == "stream":
                setattr(ran, content["name"], getattr(ran, content["name"]) + content["text"])
                if interrupt_at and interrupt_at in content["text"]:
                    # Printing comes a moment before the line that waits is reached.
                    time.sleep(0.5)
                    self.manager.interrupt_kernel()
            elif kind == "execute_result":
                ran.result = content["data"]["text/plain"]
            elif kind == "display_data":
                ran.displays.append(content["data"])
            elif kind == "error":
                ran.traceback = ANSI.sub("", "\n".join(content["traceback"]))

        reply = self.client.execute_interactive(code, output_hook=hear, timeout=60, **options)
        ran.status = reply["content"]["status"]
        ran.count = reply["content"].get("execution_count", 0)
        return ran

    def ask(self, identity: str) -> dict[str, Any]:
        """Wait for the answer to a request other than running."""
        while True:
            message = self.client.get_shell_msg(timeout=30)
            if message["parent_header"].get("msg_id") == identity:
                return dict(message["content"])


@pytest.fixture(scope="session")
def one_kernel() -> Iterator[Kernel]:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", env=environment())
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(one_kernel: Kernel) -> Kernel:
    """The kernel, fresh to the eye: the extension loaded, the user's variables gone."""
    one_kernel.run("%reset -f\n%load_ext autograd_nb\nimport autograd_nb as torch")
    return one_kernel
