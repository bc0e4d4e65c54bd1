"""Watch any graph that speaks the grad_fn protocol; PyTorch's own included.

Examples
--------
>>> import autograd_nb as torch
>>> from autograd_nb.observe import snapshot
>>> x = torch.ones(2, requires_grad=True)
>>> [node.label for node in snapshot((x * 2).sum(), {"x": x}).nodes]
['x', 'mul', 'sum']
"""

from autograd_nb.observe.explain import Answer, explain_grad
from autograd_nb.observe.graph import Graph, GraphEdge, GraphNode, Site, Stat
from autograd_nb.observe.memory import LiveGraphs, memory
from autograd_nb.observe.recorder import Recorder
from autograd_nb.observe.snapshot import snapshot
from autograd_nb.observe.stepper import Stepper, step

__all__ = [
    "Answer",
    "Graph",
    "GraphEdge",
    "GraphNode",
    "LiveGraphs",
    "Recorder",
    "Site",
    "Stat",
    "Stepper",
    "explain_grad",
    "memory",
    "snapshot",
    "step",
]
