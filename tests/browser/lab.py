"""A private JupyterLab and a page in Chromium, for tests.

Everything the server reads or writes lies in a temporary folder: no setting, workspace or kernel of
the person who runs the tests is seen or changed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # Chromium refuses to start as root with one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
)
# What a healthy page writes to the console: a missing icon, and Chromium's own notes.
# Notebook 7.6 throws two errors of its own, about a schema and about its file browser.
HARMLESS = re.compile(
    r"favicon|ResizeObserver loop|preloaded using link preload"
    r"|reading 'schema'|filebrowser:open-path"
)

SETTINGS: dict[str, dict[str, Any]] = {
    # Cells outside the window are not in the page otherwise.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    # No news and no look for updates: nothing but the server is there.
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}
PANEL = "window.jupyterapp.shell.currentWidget"


def notebook(*sources: str) -> dict[str, Any]:
    """A notebook of code cells; without a kernelspec the page would ask for one."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources)
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Lab:
    """A JupyterLab server on a free port; use it in a ``with`` statement.

    ``errors`` gathers what the page's console reported.
    """

    def __init__(self, folder: Path, *, theme: str = "JupyterLab Light") -> None:
        self.root = folder / "notebooks"
        self.private = folder / "private"
        self.theme = theme
        self.token = secrets.token_hex(8)
        self.errors: list[str] = []
        self.root.mkdir(parents=True)
        self.private.mkdir()

    # ---- server -------------------------------------------------------------------------------
    def __enter__(self) -> Lab:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.set_theme(self.theme)
        for name, values in SETTINGS.items():
            self._write_setting(name, values)
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}"),
            *("--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}"),
            *(f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"),
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]
        self.log = (self.private / "server.log").open("wb")
        self.server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env=self._environment(),
            start_new_session=True,
        )
        self._wait_for_server()
        return self

    def _environment(self) -> dict[str, str]:
        checkout = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
        folders = {
            name: str(self.private / name.lower())
            for name in (
                "JUPYTERLAB_SETTINGS_DIR",
                "JUPYTERLAB_WORKSPACES_DIR",
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_RUNTIME_DIR",
                "JUPYTER_DATA_DIR",
                "IPYTHONDIR",
            )
        }
        return {**os.environ, **folders, "PYTHONPATH": path, "JUPYTER_PLATFORM_DIRS": "1"}

    def _write_setting(self, name: str, values: dict[str, Any]) -> None:
        package, plugin = name.rsplit("/", 1)
        folder = self.private / "jupyterlab_settings_dir" / package
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))

    def set_theme(self, name: str) -> None:
        """Choose the theme of pages opened from now on."""
        self._write_setting("@jupyterlab/apputils-extension/themes", {"theme": name})

    def _ask(self, path: str, method: str = "GET") -> int:
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)

    def _wait_for_server(self, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.server.poll() is not None:
                break
            try:
                self._ask("/api/status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        text = (self.private / "server.log").read_text(errors="replace")
        raise RuntimeError(f"JupyterLab did not start:\n{text[-3000:]}")

    def __exit__(self, *exception: object) -> None:
        # A plain terminate would leave the kernels running; the server stops them when asked.
        try:
            self._ask("/api/shutdown", "POST")
            self.server.wait(15)
        except (OSError, subprocess.TimeoutExpired):
            self.server.kill()
            self.server.wait(5)
        self.log.close()
        shutil.rmtree(self.private, ignore_errors=True)

    # ---- page ---------------------------------------------------------------------------------
    @contextmanager
    def page(self, width: int = 1280, height: int = 1000) -> Iterator[Any]:
        """A page that can reach this server and nothing else."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=list(FLAGS)
            )
            try:
                context = browser.new_context(viewport={"width": width, "height": height})
                inside = (self.address, "data:", "blob:")
                context.route(lambda url: not url.startswith(inside), self._refuse)
                page = context.new_page()
                page.on("console", lambda note: note.type == "error" and self._report(note.text))
                page.on("pageerror", lambda error: self._report(f"uncaught: {error}"))
                yield page
            finally:
                browser.close()

    def _refuse(self, route: Any) -> None:
        self._report(f"asked for something outside: {route.request.url}")
        route.abort()

    def _report(self, text: str) -> None:
        if not HARMLESS.search(text):
            self.errors.append(text)

    def open(
        self, page: Any, name: str, sources: Sequence[str], *, front: str = "lab/tree"
    ) -> None:
        """Write a notebook, open it, and wait until its kernel can run.

        The `front` of Notebook 7, which the same server serves, is ``notebooks``.
        """
        (self.root / name).write_text(json.dumps(notebook(*sources)))
        page.goto(f"{self.address}/{front}/{name}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        page.wait_for_function(
            f"""() => {{ const panel = {PANEL};
                return panel?.context?.isReady && panel.sessionContext.isReady
                    && panel.sessionContext.session?.kernel?.status === 'idle'; }}""",
            timeout=90_000,
        )
        # A kernel is idle before it has said what it is; running earlier can lose a cell.
        page.evaluate(f"async () => {{ await {PANEL}.sessionContext.session.kernel.info; }}")
        page.evaluate("() => window.jupyterapp.shell.collapseLeft?.()")
        page.wait_for_timeout(300)

    def run(
        self, page: Any, index: int, *, wait: bool = True, fails: bool = False, seconds: float = 90
    ) -> None:
        """Run one cell; without `wait` the page stays free while the cell runs.

        A cell that is not said to fail must not.
        """
        # The command's promise resolves when the cell has ended, so it is not handed back.
        page.evaluate(
            f"""(index) => {{ const notebook = {PANEL}.content;
                notebook.activeCellIndex = index; notebook.deselectAll();
                window.jupyterapp.commands.execute('notebook:run-cell'); }}""",
            index,
        )
        if not wait:
            return
        self.wait_idle(page, seconds)
        for output in self.outputs(page, index):
            if output["output_type"] == "error" and not fails:
                raise AssertionError("\n".join(output["traceback"]))

    def wait_idle(self, page: Any, seconds: float = 90) -> None:
        """Wait until the kernel is idle and no cell waits, for 0.4 s on end."""
        page.wait_for_function(
            f"""() => {{ const panel = {PANEL};
                const kernel = panel?.sessionContext?.session?.kernel;
                const waiting = cell =>
                    cell.inputArea?.promptNode?.textContent.includes('[*]');
                if (kernel?.status !== 'idle' || panel.content.widgets.some(waiting)) {{
                    window.idleSince = undefined; return false; }}
                window.idleSince ??= performance.now();
                return performance.now() - window.idleSince > 400; }}""",
            timeout=seconds * 1000,
            polling=50,
        )

    def restart(self, page: Any) -> None:
        """Restart the kernel, as the button does, and wait until it can run."""
        page.evaluate(f"async () => {{ await {PANEL}.sessionContext.restartKernel(); }}")
        self.wait_idle(page)
        page.evaluate(f"async () => {{ await {PANEL}.sessionContext.session.kernel.info; }}")

    def interrupt(self, page: Any) -> None:
        """Press the interrupt button."""
        page.evaluate(f"() => {PANEL}.sessionContext.session.kernel.interrupt()")

    def outputs(self, page: Any, index: int) -> list[dict[str, Any]]:
        """The outputs of one cell, as the notebook's file would hold them."""
        found: list[dict[str, Any]] = page.evaluate(
            f"""(index) => {{ const outputs = {PANEL}.content.widgets[index].model.outputs;
                return Array.from({{length: outputs.length}}, (_, i) =>
                    JSON.parse(JSON.stringify(outputs.get(i).toJSON()))); }}""",
            index,
        )
        return found
