"""Walking over a module's parameters, buffers and children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["TraversalMixin"]


class TraversalMixin:
    """The part of :class:`Module` that lists and finds what a module holds."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]

    def _named_members(
        self,
        members: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """Yield name and value of what `members` returns for each module, each value once."""
        seen: set[int] = set()
        if recurse:
            modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        else:
            modules = iter([(prefix, self)])
        for module_prefix, module in modules:
            for name, value in members(module):
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (module_prefix + "." + name if module_prefix else name), value

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """Yield the parameters, each once.

        Parameters
        ----------
        recurse : bool, default: True
            Whether the children's parameters follow.

        Yields
        ------
        Parameter
        """
        for _, param in self.named_parameters(recurse=recurse):
            yield param

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Yield name and parameter.

        Parameters
        ----------
        prefix : str, default: ""
            Put before each name.
        recurse : bool, default: True
            Whether the children's parameters follow.
        remove_duplicate : bool, default: True
            Whether a shared parameter comes only once.

        Yields
        ------
        tuple of str and Parameter
        """
        yield from self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Yield the buffers, each once.

        Parameters
        ----------
        recurse : bool, default: True
            Whether the children's buffers follow.

        Yields
        ------
        Tensor
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Yield name and buffer.

        Parameters
        ----------
        prefix : str, default: ""
            Put before each name.
        recurse : bool, default: True
            Whether the children's buffers follow.
        remove_duplicate : bool, default: True
            Whether a shared buffer comes only once.

        Yields
        ------
        tuple of str and Tensor
        """
        yield from self._named_members(
            lambda module: module._buffers.items(), prefix, recurse, remove_duplicate
        )

    def children(self) -> Iterator[Any]:
        """Yield the direct children, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Yield name and module of the direct children, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """Yield this module and all below it, parents first, each once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Yield full name and module of this module and all below it, parents first.

        Parameters
        ----------
        memo : set, optional
            Modules that came already.
        prefix : str, default: ""
            Put before each name.
        remove_duplicate : bool, default: True
            Whether a shared module comes only once.

        Yields
        ------
        tuple of str and Module
        """
        if memo is None:
            memo = set()
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                below = prefix + ("." if prefix else "") + name
                yield from module.named_modules(memo, below, remove_duplicate)

    def get_submodule(self, target: str) -> Any:
        """Return the module with the full name `target`.

        Parameters
        ----------
        target : str
            For example ``"encoder.layers.0"``; the empty string is this module.

        Returns
        -------
        Module

        Raises
        ------
        AttributeError
            If a part of the path does not exist or is not a module.
        """
        from autograd_nb.nn.module import Module

        module: Any = self
        if target == "":
            return module
        for part in target.split("."):
            if not hasattr(module, part):
                raise AttributeError(f"{module._get_name()} has no attribute `{part}`")
            module = getattr(module, part)
            if not isinstance(module, Module):
                raise AttributeError(f"`{part}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put `module` at the full name `target`.

        Parameters
        ----------
        target : str
            Full name, as in :meth:`get_submodule`.
        module : Module
            The module to put there.
        strict : bool, default: False
            Whether a module must exist there already.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        parent_name, _, name = target.rpartition(".")
        parent = self.get_submodule(parent_name)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        setattr(parent, name, module)

    def _get_member(self, target: str) -> tuple[Any, str, Any]:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        return module, name, getattr(module, name)

    def get_parameter(self, target: str) -> Any:
        """Return the parameter with the full name `target`.

        Parameters
        ----------
        target : str
            For example ``"fc1.weight"``.

        Returns
        -------
        Parameter
        """
        from autograd_nb.nn.parameter import Parameter

        _, name, value = self._get_member(target)
        if not isinstance(value, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return value

    def get_buffer(self, target: str) -> Any:
        """Return the buffer with the full name `target`.

        Parameters
        ----------
        target : str
            For example ``"bn1.running_mean"``.

        Returns
        -------
        Tensor
        """
        module, name, value = self._get_member(target)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return value
