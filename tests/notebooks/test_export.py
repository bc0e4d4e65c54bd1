"""Notebooks as web pages: the pictures are in the page, and nothing is fetched to see them."""

from __future__ import annotations

import ast
import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
WIDGETS = ROOT / "autograd_nb" / "views" / "widgets"
SVG = "image/svg+xml"
WIDGET = "application/vnd.jupyter.widget-view+json"
SVG_NAMESPACE = "http://www.w3.org/2000/svg"


class Page(HTMLParser):
    """What a browser would have to fetch, and what it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.scripts: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get("src") or ""
        if tag == "img":
            self.images.append(source)
        elif source:
            self.scripts.append(source)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def stored(name: str) -> tuple[Any, list[dict[str, Any]]]:
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return notebook, [output.data for output in outputs if "data" in output]


@pytest.fixture(params=["00_tour", "07_side_by_side"])
def exported(request: pytest.FixtureRequest) -> tuple[list[dict[str, Any]], Page]:
    exporter = pytest.importorskip("nbconvert").HTMLExporter()
    notebook, shown = stored(request.param)
    page = Page()
    page.feed(exporter.from_notebook_node(notebook)[0])
    return shown, page


def pictures(page: Page) -> list[str]:
    start = f"data:{SVG};base64,"
    return [base64.b64decode(image.removeprefix(start)).decode()
            for image in page.images if image.startswith(start)]  # fmt: skip


def test_every_picture_is_inside_the_page(exported: tuple[list[dict[str, Any]], Page]) -> None:
    shown, page = exported
    drawn = ["".join(data[SVG]).strip() for data in shown if SVG in data]
    assert drawn and [picture.strip() for picture in pictures(page)] == drawn
    assert all(image.startswith("data:") for image in page.images)


def test_what_has_no_picture_is_there_as_text(exported: tuple[list[dict[str, Any]], Page]) -> None:
    shown, page = exported
    text = "".join(page.text)
    for data in shown:
        if not {SVG, "image/png"} & data.keys():
            assert data["text/plain"] in text


def test_a_live_panel_leaves_nothing_but_what_is_shown_below_it(
    exported: tuple[list[dict[str, Any]], Page],
) -> None:
    shown, page = exported
    assert "autograd panel" not in "".join(page.text)
    live = [place for place, data in enumerate(shown) if WIDGET in data]
    assert live and all(shown[place + 1]["text/plain"] for place in live)


def test_only_nbconvert_s_own_scripts_come_from_elsewhere(
    exported: tuple[list[dict[str, Any]], Page],
) -> None:
    _, page = exported
    # For formulas and for widgets with a stored state; ours have none.
    assert all(re.search("mathjax|require", script) for script in page.scripts)


def test_a_picture_refers_to_nothing(exported: tuple[list[dict[str, Any]], Page]) -> None:
    for picture in pictures(exported[1]):
        elements = list(ElementTree.fromstring(picture).iter())
        assert {element.tag.partition("}")[2] for element in elements} <= {
            "svg", "title", "style", "rect", "path", "text", "g", "line", "circle",
        }  # fmt: skip
        for element in elements:
            assert not [name for name in element.attrib if "href" in name or name == "src"]
        assert not re.search(r"@import|url\(|https?:", picture.replace(SVG_NAMESPACE, ""))


# ---- the widget, where other front ends show it ---------------------------------------------


def test_the_panel_stands_on_anywidget_s_public_interface() -> None:
    """Voila and VS Code show an anywidget; they know nothing of ipywidgets' inner parts."""
    tree = ast.parse((WIDGETS / "panel.py").read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    outside = {name.partition(".")[0] for name in modules} - {"autograd_nb"}
    assert outside <= {
        "__future__", "anywidget", "collections", "json", "math", "os", "pathlib", "traitlets",
        "typing",
    }  # fmt: skip
    of_libraries = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("anywidget", "traitlets")
    }
    assert of_libraries <= {"AnyWidget", "Dict", "List", "Unicode", "Bool", "Int", "Float"}


def test_the_panel_touches_no_private_part_of_its_base() -> None:
    tree = ast.parse((WIDGETS / "panel.py").read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    defined |= {
        target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    private = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in ("self", "super()", "panel")
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    }
    assert private <= defined


def test_the_browser_part_uses_what_every_anywidget_front_end_offers() -> None:
    used: set[str] = set()
    for path in sorted((WIDGETS / "src").glob("*.ts")):
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"\bmodel\??\.(\w+)", source))
        assert "widget_manager" not in source and "jupyterapp" not in source, path.name
    assert used and used <= {"get", "set", "on", "off", "send", "save_changes"}
