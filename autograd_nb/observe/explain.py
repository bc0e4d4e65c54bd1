"""Plain answers to "why": why a gradient is missing, as sentences that rest on what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograd_nb.observe.cells import site_of_node
from autograd_nb.observe.graph import Json
from autograd_nb.observe.ledger import Ledger
from autograd_nb.observe.names import Names
from autograd_nb.observe.protocol import is_accumulator, label_of, node_name
from autograd_nb.observe.rows import CLEARINGS, SEVERAL
from autograd_nb.observe.snapshot import walk


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said about one tensor.

    Parameters
    ----------
    name : str
        The user's name for it, or ``"the tensor"``.
    verdict : str
        One word for programs: ``"has_grad"``, ``"not_required"``, ``"not_leaf"``,
        ``"not_reached"``, ``"no_backward"`` or ``"cleared"``.
    sentences : tuple of str
        For people; the reason first, then the evidence, then the usual cure.
    """

    name: str
    verdict: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def to_json(self) -> Json:
        """Return plain data.

        Returns
        -------
        dict
        """
        return {"name": self.name, "verdict": self.verdict, "sentences": list(self.sentences)}


def explain_grad(
    tensor: Any,
    namespace: Mapping[str, Any] | None = None,
    *,
    ledger: Ledger | None = None,
) -> Answer:
    """Say why ``tensor.grad`` is None, or where it comes from.

    Parameters
    ----------
    tensor : TensorLike
    namespace : mapping of str to object, optional
        The user's variables, for names and to see which results depend on the tensor.
    ledger : Ledger, optional
        What recorders wrote down; by default the ledger that they share.

    Returns
    -------
    Answer
    """
    if ledger is None:
        from autograd_nb.observe.recorder import Recorder

        ledger = Recorder.shared_ledger
    names = Names(namespace)
    name = next(iter(names.of_tensor(tensor)), "the tensor")
    if not tensor.requires_grad:
        return _not_required(tensor, name)
    if tensor.grad_fn is not None and not getattr(tensor, "retains_grad", False):
        return _not_leaf(tensor, name, names)
    if tensor.grad is not None:
        return Answer(name, "has_grad", (f"{name}.grad is there.", *_history(tensor, ledger)))
    if tensor.grad_fn is not None:
        sentence = f"{name}.retain_grad() was called, but no backward has reached {name} since."
        return Answer(name, "no_backward", (sentence,))
    return _leaf_without(tensor, name, names, ledger)


def _not_required(tensor: Any, name: str) -> Answer:
    sentences = [f"{name}.requires_grad is False, so no operation on it is recorded."]
    if str(tensor.dtype).rpartition(".")[2].startswith(("int", "uint", "bool")):
        sentences.append(
            f"Its dtype is {tensor.dtype}: only floating point and complex tensors have gradients."
        )
    else:
        sentences.append(
            f"If {name} is a parameter, create it with requires_grad=True. If it is a result, it "
            "was computed under no_grad, detached, or from tensors that need no gradient."
        )
    return Answer(name, "not_required", tuple(sentences))


def _not_leaf(tensor: Any, name: str, names: Names) -> Answer:
    node = tensor.grad_fn
    site = site_of_node(node)
    where = "" if site is None else f" at {site} ({site.source})"
    sentences = [
        f"{name} is not a leaf: {node_name(node)} made it{where}.",
        "backward() fills .grad of leaves only; a gradient passes through a result.",
    ]
    rebound = _same_shaped_leaf(tensor, names, name)
    if rebound:
        sentences.append(
            f"{name} is computed from a leaf of the same shape that no variable names any more: "
            f"{name} was probably assigned anew, as in {name} = {label_of(node_name(node))}(...). "
            "Keep the leaf under a name of its own, or change it in place under no_grad."
        )
    sentences.append(
        f"To see the gradient here, call {name}.retain_grad() before backward, or "
        f"{name}.register_hook(print)."
    )
    return Answer(name, "not_leaf", tuple(sentences))


def _same_shaped_leaf(tensor: Any, names: Names, name: str) -> bool:
    shape = tuple(tensor.shape)
    found = walk([tensor], limit=200)
    return any(tuple(leaf.shape) == shape and not names.of_tensor(leaf) for leaf in found.leaves)


def _leaf_without(tensor: Any, name: str, names: Names, ledger: Ledger) -> Answer:
    rows = _rows(tensor, ledger)
    if rows:
        last = rows[-1]
        added = [row for row in rows if row.kind in {"backward", SEVERAL}]
        if last.kind == "cleared":
            where = "" if last.site is None else f" at {last.site}"
            sentences = [f"{name}.grad was set to None{where}, and no backward followed."]
            if added and added[-1].site is not None:
                sentences.append(f"The last backward that added to it was at {added[-1].site}.")
            return Answer(name, "cleared", tuple(sentences))
    results = [
        (label, other)
        for label, other in names.tensors.items()
        if other.grad_fn is not None and _depends(other, tensor)
    ]
    if results:
        listed = ", ".join(label for label, _ in results[:4])
        verb = "depends" if len(results) == 1 else "depend"
        return Answer(
            name,
            "no_backward",
            (
                f"{listed} {verb} on {name}, but no backward through it has been seen.",
                f"Call {results[-1][0]}.backward(), or its sum's if it is not a scalar.",
            ),
        )
    return Answer(
        name,
        "not_reached",
        (
            f"No variable's graph leads to {name}.",
            f"Either nothing was computed from {name}, or the way was cut by detach(), .data, "
            "item(), numpy() or no_grad, or the graph is gone and no backward through it was seen.",
        ),
    )


def _depends(result: Any, leaf: Any) -> bool:
    stack = [result.grad_fn]
    met: dict[int, Any] = {}
    while stack and len(met) < 5_000:
        node = stack.pop()
        if node is None or id(node) in met:
            continue
        met[id(node)] = node
        if is_accumulator(node):
            if node.variable is leaf:
                return True
            continue
        stack.extend(following for following, _ in node.next_functions)
    return False


def _rows(tensor: Any, ledger: Ledger) -> list[Any]:
    identity = ledger.find(tensor)
    return [] if identity is None else list(ledger.records[identity].rows)


def _history(tensor: Any, ledger: Ledger) -> list[str]:
    """Say which passes added to a gradient since it was last cleared."""
    since: list[Any] = []
    count = 0
    for row in _rows(tensor, ledger):
        if row.kind in CLEARINGS:
            since, count = [], 0
        elif row.clearings:
            since, count = [row], row.since
        else:
            since, count = [*since, row], count + (row.passes or 1)
    if not since:
        return []
    places = list(dict.fromkeys(str(row.site) for row in since if row.site is not None))
    passes = "1 backward" if count == 1 else f"{count} backward passes"
    sentences = [f"{passes} added to it" + (f": {', '.join(places[:4])}." if places else ".")]
    if count > 1:
        sentences.append("It was not cleared between them, so it holds their sum.")
    return sentences
