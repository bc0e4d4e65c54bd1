"""The Tensor: an array, its place in the graph, and its gradient.

Only state lives here. Arithmetic and the other methods are installed from the op table.
"""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import anomaly, dtypes, errors, events, modes, subclasses
from .facts import Facts
from .frames import user_frame
from .hooks import HookTable, RemovableHandle, warn_if_has_hooks
from .node import AccumulateGrad, Edge, Node
from .operators import Operators
from .saved import DetachedCounter, SavedOutput
from .view import View, refresh
from .warn import warn

_ndarray: Final = np.ndarray
telling_threads: Final = modes.telling_threads


class _Leaf:
    """Stands in `_node` of a leaf that requires grad: one test tells whether to record."""

    def __repr__(self) -> str:
        return "LEAF"


LEAF: Final = _Leaf()


class Tensor(Facts, Operators):
    """An n-dimensional array that remembers how it was computed.

    Parameters
    ----------
    data : sequence of numbers, or int sizes
        As PyTorch's legacy constructor: numbers to hold, or the sizes of an empty tensor.

    Attributes
    ----------
    shape : Size
    dtype : dtype
    requires_grad : bool
        Whether operations on it are recorded.
    grad : Tensor or None
        The accumulated gradient, of the same shape and dtype.
    grad_fn : Node or None
        The node that gives the gradient to what it was computed from; None for a leaf.
    """

    _array: Any
    _node: Any = None  # None, LEAF, or the Node that made it
    _output_nr: int = 0
    # [n], shared by base, views and detach(): a list is the cheapest box. None means 0.
    _version_counter: Any = None
    _view: View | None = None
    _moved: bool = False  # whether its memory was exchanged: former views lie in the former one
    _whole: Any = None  # the array that it lies in, where no base tells: detached views, `set_`
    _grad: Any = None
    _accumulate: Any = None  # weak reference to the leaf's AccumulateGrad
    _backward_hooks: HookTable | None = None
    _post_accumulate_grad_hooks: HookTable | None = None
    _grad_dtype: Any = None  # of `.grad`, where it is not the tensor's own
    _inference: bool = False
    _tangents: dict[int, Any] | None = None  # forward mode: by level, while that is open
    _made_in: tuple[Any, ...] = ()  # the transforms that ran then; see core/within.py
    _stands_for: Any = None
    _from_mask: Tensor | None = None  # of indices that a mask gave, the mask
    _odd: bool = False  # of inference mode, or dual: no fast path serves it
    __array_priority__ = 1000  # NumPy leaves mixed arithmetic to us
    _run_backward: Any  # `engine.backward`: the engine stands above this file

    if TYPE_CHECKING:  # the methods that the op table installs

        def __init__(self, *data: Any) -> None: ...

    def __new__(cls, *data: Any, **named: Any) -> Any:
        """Make a tensor of the default dtype from sizes, or from numbers."""
        made = object.__new__(cls)
        Tensor.__init__(made, *data, **named)  # the op table's; it is content when called again
        return made

    _takes_calls = False  # a subclass that is asked before each call, see `subclasses`

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        subclasses.begin(cls, Tensor)

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call a function that has a tensor of this class among its arguments.

        Parameters
        ----------
        func : callable
        types : iterable of type
            Classes that take part in the call.
        args : tuple
        kwargs : dict, optional

        Returns
        -------
        object
            The result, whose tensors are of this class.
        """
        return subclasses.default(Tensor, cls, func, types, args, kwargs)

    @staticmethod
    def _wrap(array: Any) -> Tensor:
        tensor = object.__new__(Tensor)
        tensor._array = array
        if telling_threads[0] and modes.state.transforms:
            tensor._made_in = modes.state.transforms
        return tensor

    # -- the place in the graph -----------------------------------------------------------
    def _node_or_none(self) -> Node | None:
        if self._view is not None:
            refresh(self)
        node = self._node
        return None if node is None or node is LEAF else node

    def _edge(self) -> Edge:
        """Return where this tensor's gradient goes; None if none is wanted."""
        if self._view is not None:
            refresh(self)
        node = self._node
        if node is LEAF:
            return self._accumulator()
        return (node, self._output_nr) if self._output_nr else node

    def _accumulator(self) -> AccumulateGrad:
        ref = self._accumulate
        found: AccumulateGrad | None = None if ref is None else ref()
        if found is None:
            found = object.__new__(AccumulateGrad)
            found.variable = self
            array = self._array
            found.shape = array.shape
            found.dtype = array.dtype if self._grad_dtype is None else self._grad_dtype.numpy
            if modes.state.detect_anomaly:
                anomaly.record(found, user_frame(sys._getframe(1)))
            # Weak: the node owns the leaf, and the leaf must not own the node.
            self._accumulate = weakref.ref(found)
        return found

    def _set_edge(self, edge: Edge) -> None:
        if edge is None:
            return
        if isinstance(edge, AccumulateGrad):
            self._node = LEAF
            self._accumulate = weakref.ref(edge)
            self._shared_accumulator = edge
            return
        self._node, self._output_nr = edge if type(edge) is tuple else (edge, 0)

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor, or None for a leaf."""
        return self._node_or_none()

    @grad_fn.setter
    def grad_fn(self, value: Any) -> None:
        raise _not_writable("grad_fn")

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` this tensor is."""
        return self._output_nr

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user, or needs no gradient."""
        return self._node_or_none() is None

    @is_leaf.setter
    def is_leaf(self, value: Any) -> None:
        raise _not_writable("is_leaf")

    @property
    def requires_grad(self) -> bool:
        """Whether operations on the tensor are recorded."""
        if self._node is not None:
            return True
        return self._view is not None and self._view.base.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if isinstance(self._node, Node):  # as it stands: a view's is not brought up to date
            advice = errors.CHANGE_LEAF_ONLY
            raise RuntimeError(advice.split(".")[0] + "." if value else advice)
        if not value:
            self._node = None
            return
        if self._array.dtype.kind not in "fc":
            # PyTorch begins this one with a small letter where a tensor exists already.
            raise RuntimeError(errors.ONLY_FLOATS[0].lower() + errors.ONLY_FLOATS[1:])
        if self._inference and not modes.state.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not "
                "allowed."
            )
        self._node = LEAF

    @requires_grad.deleter
    def requires_grad(self) -> None:
        raise RuntimeError("requires_grad must be a bool")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place and return the tensor.

        Raises
        ------
        RuntimeError
            If the dtype is not floating point or complex, or a non-leaf is to be switched off.
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(
                "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                + type(requires_grad).__name__
            )
        modes.refuse_in_transform(errors.REQUIRES_GRAD_IN_TRANSFORM)
        return self._wanting(requires_grad)

    @staticmethod
    def _make_subclass(cls: Any, data: Tensor, require_grad: bool = False) -> Any:
        """Return the same memory, without history, as a leaf of a class of tensors."""
        if not (isinstance(cls, type) and issubclass(cls, Tensor)):
            raise TypeError(f"cls must be a type (got {type(cls).__name__})")
        if require_grad and data._array.dtype.kind not in "fc":
            raise RuntimeError(errors.ONLY_FLOATS)
        made = object.__new__(cls)
        made.__dict__.update(data.detach().__dict__)
        return made._wanting(require_grad)

    def _wanting(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` and return the tensor: what `requires_grad_` does, anywhere."""
        if requires_grad and self._array.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if not requires_grad or not isinstance(self._node, Node):
            self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have accumulated; None before the first one."""
        if self._grad is None and isinstance(self._node, Node) and not self.retains_grad:
            warn(errors.NON_LEAF_GRAD)
        return self._grad  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._clear_grad()
            return
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        wanted = self.dtype if self._grad_dtype is None else self._grad_dtype
        if wanted is not ANY_DTYPE and value.dtype is not wanted:
            given, name = dtypes.C_TYPE[value.dtype.name], wanted.tensor_name
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{given}' to a tensor with grad_dtype "
                f"'{name.removesuffix('Tensor')}'. The gradient must match the tensor's grad_dtype "
                "(defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute "
                "with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. "
                "Diverging the dtypes of a tensor and its gradient may break downstream systems "
                "that assume they match."
            )
        if value._array.shape != self._array.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor "
                f"of size '{list(self._array.shape)}'. Please ensure that the gradient and the "
                "tensor are the same size"
            )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._clear_grad()

    def _clear_grad(self) -> None:
        if self._grad is not None and events.observer is not None:
            events.observer.grad_cleared(self, "none")
        self._grad = None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor with respect to the leaves to their `.grad`.

        Parameters
        ----------
        gradient : Tensor, optional
            The vector of the vector-Jacobian product, of this tensor's shape; not needed for a
            tensor with one element.
        retain_graph : bool, optional
            Keep the saved tensors for another pass; defaults to `create_graph`.
        create_graph : bool, default False
            Record the backward pass itself, for higher derivatives.
        inputs : Tensor or sequence of Tensor, optional
            Accumulate only into these.

        Raises
        ------
        RuntimeError
            If no graph leads here, the saved tensors were freed, or `gradient` does not fit.
        """
        __tracebackhide__ = True
        Tensor._run_backward(self, gradient, retain_graph, create_graph, None, inputs)

    # -- hooks -----------------------------------------------------------------------------
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook` with the gradient of this tensor whenever one is computed.

        Parameters
        ----------
        hook : callable
            Gets the gradient; what it returns, if not None, replaces the gradient.

        Returns
        -------
        RemovableHandle

        Raises
        ------
        RuntimeError
            If the tensor does not require grad.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self._node_or_none()
        if node is None:
            if self._backward_hooks is None:
                self._backward_hooks = HookTable()
            return self._backward_hooks.add("tensor", self, hook)
        table = node._hooks().of_tensor(self._output_nr)
        return table.add("tensor", self, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call ``hook(tensor)`` after a gradient was added to this leaf's `.grad`.

        Raises
        ------
        RuntimeError
            If the tensor does not require grad or is not a leaf.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node_or_none() is not None:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        if self._post_accumulate_grad_hooks is None:
            self._post_accumulate_grad_hooks = HookTable()
        return self._post_accumulate_grad_hooks.add("post_accumulate", self, hook)

    def retain_grad(self) -> None:
        """Make backward fill `.grad` of this tensor although it is not a leaf.

        Raises
        ------
        RuntimeError
            If the tensor does not require grad.
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        modes.refuse_in_transform(errors.RETAIN_GRAD_IN_TRANSFORM)
        node = self._node_or_none()
        if node is not None:
            node._hooks().retain[self._output_nr] = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether a non-leaf keeps its gradient."""
        hooks = getattr(self._node, "hooks", None)  # of a stale view too, which is left as it is
        ref = None if hooks is None else hooks.retain.get(self._output_nr)
        return ref is not None and ref() is self

    # -- memory ----------------------------------------------------------------------------
    def _nd(self) -> np.ndarray[Any, Any]:
        """Return the data as an array that can be aliased: 0-d results start as NumPy scalars."""
        if type(self._array) is not _ndarray:
            self._array = np.asarray(self._array)
        return self._array

    def _memory(self) -> np.ndarray[Any, Any]:
        """Return the array that starts where the tensor's storage does."""
        whole: np.ndarray[Any, Any] = self._nd() if self._whole is None else self._whole
        if self._whole is None and self._view is not None:
            base = self._view.base
            memory = base._memory()
            if not base._moved or np.may_share_memory(memory, whole):
                return memory
            while isinstance(whole.base, np.ndarray):
                whole = whole.base
        return whole

    def _alias(self) -> Tensor:
        """Return a tensor of the same memory that knows nothing of this one."""
        tensor = Tensor._wrap(self._nd())
        if self._view is not None or self._whole is not None:
            tensor._whole = self._memory()
        return tensor

    def _counter(self) -> list[int]:
        if self._version_counter is None:
            self._version_counter = [0]
        return self._version_counter  # type: ignore[no-any-return]

    @property
    def _version(self) -> int:
        if self._inference and self._version_counter is None:
            raise RuntimeError("Inference tensors do not track version counter.")
        return int(self._version_counter[0]) if self._version_counter is not None else 0

    def _bump_version(self, op_name: str = "") -> None:
        counter = self._version_counter
        if counter is None and self._inference:
            if not modes.state.inference:
                raise RuntimeError(errors.INFERENCE_INPLACE)
        elif counter is None:
            self._version_counter = [1]
        else:
            counter[0] += 1
        # Optimizers name operations as tensors do; what they change, nobody asks who did.
        if events.observer is not None and op_name[-1:] != "_":
            events.observer.version_bumped(self, op_name)

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def detach(self) -> Tensor:
        """Return a tensor that shares the memory and has no history."""
        tensor = self._alias()
        if not self._inference:
            tensor._version_counter = self._counter()
            return tensor
        tensor._inference = tensor._odd = True
        if not modes.state.inference:
            tensor._version_counter = [0]  # as in PyTorch, it may be changed from here on
        return tensor

    @property
    def _tangent(self) -> Any:
        """The tangent at the innermost level of forward mode."""
        held = self._tangents
        return None if held is None else held.get(modes.state.dual_level)

    @_tangent.setter
    def _tangent(self, tangent: Any) -> None:
        # Never in place: a copy of this tensor may have the same dict.
        held = {**(self._tangents or {}), modes.state.dual_level: tangent}
        held = {level: value for level, value in held.items() if value is not None}
        self._tangents = held or None
        self._odd = bool(held) or self._inference or type(self)._odd

    def detach_(self) -> Tensor:
        """Cut the history off in place.

        Raises
        ------
        RuntimeError
            If the tensor is a view.
        """
        if modes.state.inference and not self._inference:
            return self  # as in PyTorch, where inference mode leaves histories as they are
        if self._view is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using "
                "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set "
                "as True, gradients are views of DDP buckets, and hence detach_() cannot be called "
                "on these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
                "function in torch/optim/optimizer.py as the solution."
            )
        if modes.state.transforms:
            from .within import refuse_captured

            refuse_captured(self, "detach")
        if self._tangent is not None:
            self._tangent = None
        if isinstance(self._node, Node):
            self._version_counter = DetachedCounter(self._counter())
        self._node, self._output_nr = None, 0
        return self

    @property
    def data(self) -> Tensor:
        """The same memory without history; changes through it are not noticed by autograd."""
        tensor = self._alias()
        if self._inference:
            tensor._inference = tensor._odd = True
            tensor._version_counter = [0]
        return tensor

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value._array.dtype.kind not in "fc":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex "
                "dtype"
            )
        array = value._nd()
        if array.dtype != self._array.dtype:
            self._accumulate = None  # graphs that were built before expect other gradients
        self._moved = True
        whole = value._memory()  # a view's is that of its base no more
        self._array, self._whole = array, None if whole is array and not self._view else whole
        if value._inference:
            self._counter()  # its own changes are counted as before
        self._inference = value._inference
        self._odd = self._inference or bool(self._tangents) or type(self)._odd

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    @property
    def volatile(self) -> bool:
        """Always False: what it once meant is done by `no_grad`."""
        warn("volatile was removed (Variable.volatile is always False)")
        return False

    @volatile.setter
    def volatile(self, value: Any) -> None:
        warn(
            "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
        )

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """Return the data as a NumPy array that shares the memory.

        Parameters
        ----------
        force : bool, default False
            Detach first if needed.

        Raises
        ------
        RuntimeError
            If the tensor requires grad and `force` is false.
        """
        if self.requires_grad and modes.state.grad_enabled and not force:
            raise RuntimeError(errors.NUMPY_ON_GRAD)
        return self._nd().view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False
    ) -> Tensor:
        # PyTorch's answer of a NumPy predicate is a uint8 tensor.
        return Tensor._wrap(array.astype(np.uint8) if array.dtype.kind == "b" else array)

    # -- as a Python object -----------------------------------------------------------------
    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, *dtypes.NUMBERS)):
            value = element._array if isinstance(element, Tensor) else element
            return bool((self._array == value).any())
        raise RuntimeError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
            f"{type(element)}."
        )

    def __hash__(self) -> int:
        return id(self)

    def _twin(self) -> Tensor:
        """Return another tensor that is like this one in everything."""
        found = object.__new__(type(self))
        found.__dict__.update(self.__dict__)
        found._accumulate = None
        return found

    def __copy__(self) -> Tensor:
        # As in PyTorch, which copies as if to a file: a leaf, that shares the memory only.
        warn_if_has_hooks(self)
        found, alias = object.__new__(type(self)), self._alias()
        found._array, found._whole = alias._array, alias._whole
        found._version_counter = [1]
        found._node = LEAF if self.requires_grad else None
        found.__dict__.update(self._attributes())
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self._node_or_none() is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                "because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001"
            )
        from .storage import copied  # a storage's module needs this one

        found = object.__new__(type(self))
        memo[id(self)] = found
        found._array, found._whole = copied(self, memo)
        found._node = self._node
        found._version_counter = [1]  # its memory was set once
        if self._grad is not None:
            found._grad = self._grad.__deepcopy__(memo)
        found.__dict__.update(copy.deepcopy(self._attributes(), memo))
        return found

    def _attributes(self) -> dict[str, Any]:
        """Return what the user has put on the tensor: it goes with copies, and into files."""
        return {name: value for name, value in vars(self).items() if name not in _OWN}

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        warn_if_has_hooks(self)
        made = type(self), self.detach().numpy(), self.requires_grad
        return _rebuild, made, self._attributes() or None


_OWN = frozenset({*Tensor.__annotations__, "_shared_accumulator"})


def _not_writable(name: str) -> AttributeError:
    return AttributeError(f"attribute '{name}' of 'torch._C.TensorBase' objects is not writable")


def _rebuild(cls: type[Tensor], array: Any, requires_grad: bool) -> Tensor:
    tensor = object.__new__(cls)
    tensor._array, tensor._version_counter = array, [1]  # its memory was set once
    tensor.requires_grad = requires_grad
    return tensor


class _AnyDtype:
    """Stands for `grad_dtype = None`: gradients are not cast."""

    numpy = None


ANY_DTYPE = _AnyDtype()


def wrap(array: Any) -> Tensor:
    """Return a tensor without history that holds `array` itself, not a copy."""
    return Tensor._wrap(array)


def caller_origin(depth: int = 1) -> tuple[Any, int]:
    """Return code and instruction of the nearest frame outside this package."""
    frame = user_frame(sys._getframe(depth))
    return frame.f_code, frame.f_lasti


SavedOutput.tensor_class = Tensor
