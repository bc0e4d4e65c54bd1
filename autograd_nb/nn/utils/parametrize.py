"""Parameters that are computed from others whenever they are read."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_nb.core.modes import no_grad
from autograd_nb.core.tensor import Tensor
from autograd_nb.nn.containers import ModuleDict, ModuleList
from autograd_nb.nn.module import Module
from autograd_nb.nn.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_cache: dict[tuple[int, str], Tensor] = {}
_cache_depth = 0


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once within this context."""
    global _cache_depth
    _cache_depth += 1
    try:
        yield
    finally:
        _cache_depth -= 1
        if not _cache_depth:
            _cache.clear()


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _fits(found: Any, wanted: Any, subject: str, names: tuple[str, str]) -> None:
    """Refuse a tensor of another dtype or shape than the one that it stands for."""
    if not isinstance(found, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(found).__name__}.")
    for what in ("dtype", "shape"):
        before, after = getattr(wanted, what), getattr(found, what)
        if before != after:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless "
                f"{subject} flag is enabled.\n"
                f"{names[0].format(what)}: {before}\n{names[1].format(what)}: {after}"
            )


def _inverse_fits(parametrization: Any, found: Tensor, wanted: Tensor, name: str) -> None:
    """Refuse a parametrization whose inverse, if it has one, leaves the dtype or the shape."""
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        inverse = parametrization.right_inverse(found)
    except NotImplementedError:
        return  # a module may say that it has no inverse
    if not isinstance(inverse, Tensor):
        raise ValueError(
            "parametrization.right_inverse must return a tensor. Got: " + type(inverse).__name__
        )
    for what in ("dtype", "shape"):
        before, after = getattr(wanted, what), getattr(inverse, what)
        if before != after:
            raise ValueError(
                "The tensor returned by parametrization.right_inverse must have the same "
                f"{what} as module.{name}, unless the `unsafe` flag is enabled.\n"
                f"module.{name}.{what}: {before}\nreturned {what}: {after}"
            )


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and what they start from.

    Parameters
    ----------
    modules : sequence of Module
        Applied one after the other.
    original : Tensor
        What stands where the parametrized tensor will; `right_inverse` of the modules, where they
        have one, gives what they start from.
    unsafe : bool, default: False
        Allow other dtypes and shapes.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            new: Any = original
            for module in reversed(self):
                if hasattr(module, "right_inverse"):
                    try:
                        new = module.right_inverse(new)
                    except NotImplementedError:
                        continue  # a module may say that it has no inverse
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        before = original.detach().clone()
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if original.dtype != new.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\n"
                    f"right_inverse(original).dtype: {new.dtype}"
                )
            if new is not original:
                original.data = new.detach()
            _register(self, "original", original)
        else:
            for i, each in enumerate(new):
                if not isinstance(each, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                        f"tuple...). Got element {i} of the sequence with type "
                        f"{type(each).__name__}."
                    )
                if isinstance(original, Parameter):
                    each = Parameter(each, original.requires_grad)
                each.requires_grad_(original.requires_grad)
                _register(self, f"original{i}", each)
        if not unsafe:
            _fits(self(), before, "`unsafe`", ("unparametrized {}", "parametrized {}"))

    def right_inverse(self, value: Any) -> None:
        """Set what the parametrizations start from so that they give a value.

        Parameters
        ----------
        value : Tensor
            The value.
        """
        with no_grad():
            for module in reversed(self):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                self._set("original", value, "`right_inverse` should return a tensor.", "The")
                return
            if not isinstance(value, Sequence):
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors. Got "
                    f"{type(value).__name__}."
                )
            if len(value) != self.ntensors:
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(value)}."
                )
            for i, each in enumerate(value):
                wanted = "`right_inverse` must return a sequence of tensors"
                self._set(f"original{i}", each, wanted, f"Tensor {i}")

    def _set(self, name: str, value: Any, wanted: str, which: str) -> None:
        if not isinstance(value, Tensor):
            raise ValueError(f"{wanted} Got {type(value).__name__}")
        held = getattr(self, name)
        if value.dtype != held.dtype:
            subject = "The tensor" if which == "The" else which
            raise ValueError(
                f"{subject} returned by `right_inverse` has dtype {value.dtype} while `{name}` "
                f"has dtype {held.dtype}"
            )
        held.data = value.detach()

    def forward(self) -> Tensor:
        """Compute the tensor."""
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        first, *rest = self
        found = first(*(getattr(self, name) for name in names))
        for module in rest:
            found = module(found)
        return found


def _give_class_of_its_own(module: Module) -> None:
    """Give a module a class that can hold properties, and that cannot be pickled."""
    kind = type(module)

    def copied(self: Any, memo: Any) -> Any:
        made = memo.get(id(self))
        if made is None:
            made = memo[id(self)] = self.__new__(type(self))
            made.__dict__ = copy.deepcopy(self.__dict__, memo)
        return made

    def state(self: Any) -> Any:
        raise RuntimeError(
            "Serialization of parametrized modules is only supported through state_dict(). See:\n"
            "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
            "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
        )

    body = {"__getstate__": state, "__module__": kind.__module__}
    if not hasattr(kind, "__deepcopy__"):
        body["__deepcopy__"] = copied
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), body)


def _give_property(module: Module, name: str) -> None:
    def get(self: Any) -> Tensor:
        compute = self.parametrizations[name]
        if not _cache_depth:
            return compute()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = compute()
        return _cache[key]

    def put(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a tensor of a module be computed by another module.

    Parameters
    ----------
    module : Module
        Whose parameter or buffer.
    tensor_name : str
        Its name; the parametrization's `original` is then the parameter.
    parametrization : Module
        Computes the tensor from the original; added to those that are there.
    unsafe : bool, default: False
        Allow other dtypes and shapes.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            value = getattr(module, tensor_name)
            found = parametrization(value)
            names = (f"module.{tensor_name}.{{}}", f"parametrization(module.{tensor_name}).{{}}")
            _fits(found, value, "the `unsafe`", names)
            _inverse_fits(parametrization, found, value, tensor_name)
        chain: Any = module.parametrizations[tensor_name]
        chain.append(parametrization)
        chain.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        # Made first: if it refuses, the module has not changed.
        made = ParametrizationList([parametrization], original, unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_class_of_its_own(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = made
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Say whether a module, or one tensor of it, is parametrized.

    Parameters
    ----------
    module : Module
        Which.
    tensor_name : str, optional
        Which of its tensors.
    """
    found = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Make a computed tensor an ordinary one again.

    Parameters
    ----------
    module : Module
        Whose tensor.
    tensor_name : str
        Its name.
    leave_parametrized : bool, default: True
        Keep the computed value; else the original one comes back.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chain: Any = module.parametrizations[tensor_name]
    if chain.is_tensor:
        original = chain.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).detach()
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """Return the class that a module had before it was parametrized.

    Parameters
    ----------
    module : Module
        Which.
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Give the parametrizations of one module to another, with what they start from.

    Parameters
    ----------
    from_module, to_module : Module
        From and to which.
    tensor_name : str, optional
        Which of the tensors; all of them if not given.
    """
    if is_parametrized(from_module):
        source: Any = from_module.parametrizations
        for name in list(source) if tensor_name is None else [tensor_name]:
            if not hasattr(to_module, name):
                setattr(to_module, name, Parameter(getattr(from_module, name)))
            for each in source[name]:
                register_parametrization(to_module, name, each)
            target: Any = to_module.parametrizations[name]
            for key, value in [*source[name]._parameters.items(), *source[name]._buffers.items()]:
                setattr(target, key, value)
    return to_module
