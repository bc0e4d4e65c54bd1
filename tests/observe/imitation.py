"""Small nodes and tensors that speak the grad_fn protocol and compute nothing."""

from __future__ import annotations

import itertools

_numbers = itertools.count()


class Node:
    def __init__(self, name, *inputs, shape=(2,)):
        self._name = name
        self.next_functions = tuple(i if isinstance(i, tuple) else (i, 0) for i in inputs)
        self.metadata = {}
        self._shape = shape
        self._number = next(_numbers)

    def name(self):
        return self._name

    def _sequence_nr(self):
        return self._number

    def output_meta(self, nr):
        return self._shape, "float32"

    def register_hook(self, fn):
        raise NotImplementedError

    def register_prehook(self, fn):
        raise NotImplementedError


class AccumulateGrad(Node):
    def __init__(self, variable):
        super().__init__("torch::autograd::AccumulateGrad", shape=variable.shape)
        self.variable = variable


class Tensor:
    requires_grad = True
    is_leaf = True
    grad_fn = None
    shape = (2,)
    dtype = "float32"
    output_nr = 0
    grad = None

    def __init__(self, grad_fn=None, shape=(2,), output_nr=0):
        self.grad_fn = grad_fn
        self.is_leaf = grad_fn is None
        self.shape = shape
        self.output_nr = output_nr
        self._accumulator = AccumulateGrad(self) if grad_fn is None else None

    @property
    def edge(self):
        return (self.grad_fn or self._accumulator, self.output_nr)

    def backward(self):
        raise NotImplementedError


def op(name, *tensors, shape=(2,)):
    return Tensor(Node(name, *(t.edge for t in tensors), shape=shape), shape)
