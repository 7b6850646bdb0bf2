"""The eye that sees every operator torch runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from neurarium.cost._operators import NONLINEARITIES, is_elementwise, is_factory, is_move, name_of
from neurarium.cost._products import is_spikes, products
from neurarium.cost._tally import OperatorCount, Uncounted


class OperatorCounter(TorchDispatchMode):
    """Counts what runs inside ``with counter:``, below autograd and whatever module it comes from.

    Args:
        inputs: tensors that count as activations from the start.
    """

    def __init__(self, inputs: Iterable[Tensor]) -> None:
        super().__init__()
        self.where = [""]
        self.rows: dict[tuple[str, str], OperatorCount] = {}
        self.unknown: dict[tuple[str, str], Uncounted] = {}
        self.n_zeros = self.n_activations = 0
        self.origins = Origins(inputs)

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = name_of(func)
        found = products(func, name, args, kwargs)
        if found is None:
            with self:  # an operator made of others (aten.linear in inference mode) is seen through
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        before, spiking = tensors(args, kwargs), [self._is_accumulation(p.operands) for p in found or ()]
        out = func(*args, **kwargs)
        after = tensors(out)
        if found is not None:
            for product, is_accumulation in zip(found, spiking, strict=True):
                kind = "effective_acs" if is_accumulation else "effective_macs"
                self._add(name, dense_macs=product.dense, **{kind: product.effective})
            self._add(name, calls=1)
        elif is_elementwise(func, name) and not is_move(func, name):
            if any(t.is_floating_point() or t.is_complex() for t in before):  # indices are book-keeping
                self._add(name, calls=1, elementwise_ops=_elements(name, before, after))
        elif not is_move(func, name) and any(t.ndim for t in before):
            self.note_unknown(name, before)
        self._look_at_activations(name, args, before, after)
        self.origins.follow(before, after, is_new=not before or is_factory(func, name))
        return out

    def note_unknown(self, name: str, inputs: list[Tensor]) -> None:
        """Put `name` on the list of what is not counted."""
        key = (self.where[-1], name)
        calls = self.unknown[key].calls if key in self.unknown else 0
        self.unknown[key] = Uncounted(*key, calls + 1, tuple(tuple(t.shape) for t in inputs))

    def _add(self, name: str, **counts: int) -> None:
        key = (self.where[-1], name)
        row = self.rows.get(key, OperatorCount(*key))
        self.rows[key] = row._replace(**{k: getattr(row, k) + n for k, n in counts.items()})

    def _is_accumulation(self, operands: tuple[Tensor, Tensor]) -> bool:
        return any(self.origins.is_activation(t) and is_spikes(t) for t in operands)

    def _look_at_activations(self, name: str, args: tuple[Any, ...], before: list[Tensor], after: list[Tensor]) -> None:
        is_rectifier = (
            name in ("clamp", "clamp_min") and len(args) > 1 and not isinstance(args[1], Tensor) and args[1] == 0
        )
        is_spike = name == "_to_copy" and before[0].dtype == torch.bool and after[0].is_floating_point()
        if name in NONLINEARITIES or is_rectifier or (is_spike and self.origins.is_activation(before[0])):
            self.n_activations += after[0].numel()
            self.n_zeros += after[0].numel() - int(torch.count_nonzero(after[0]))


class Origins:
    """Tells activations from weights by where a tensor's memory comes from.

    An activation is an input, made during the run, or computed from such. A weight was there before the run and is no
    input, or is computed from weights alone. Weak references keep a freed address from being taken for a new one.
    """

    def __init__(self, inputs: Iterable[Tensor]) -> None:
        self._seen: dict[int, tuple[StorageWeakRef, bool]] = {}
        self.constants: dict[int, tuple[int, int]] = {}  # address: elements, bytes
        for t in inputs:
            self._mark(t, is_activation=True)

    def is_activation(self, t: Tensor) -> bool:
        """Whether `t` is, or depends on, an input or something made during the run."""
        return self._seen.get(_storage(t)._cdata, (None, False))[1]

    def follow(self, before: list[Tensor], after: list[Tensor], *, is_new: bool) -> None:
        """Note what an operator made of what it got."""
        for t in before:
            key, storage = _storage(t)._cdata, _storage(t)
            if key not in self._seen and not is_new:
                self._mark(t, is_activation=False)
                self.constants[key] = (storage.nbytes() // t.element_size(), storage.nbytes())
        is_activation = is_new or any(self.is_activation(t) for t in before)
        for t in after:
            self._mark(t, is_activation=is_activation)

    def _mark(self, t: Tensor, *, is_activation: bool) -> None:
        storage = _storage(t)
        self._seen[storage._cdata] = (StorageWeakRef(storage), is_activation)


class _Leaks(TorchFunctionMode):
    """Notes when data leaves torch, where no operator can be seen."""

    def __init__(self, counter: OperatorCounter) -> None:
        self.counter = counter

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in (Tensor.numpy, Tensor.__array__, Tensor.__dlpack__):
            self.counter.note_unknown(f"Tensor.{func.__name__}", tensors(args))
        return func(*args, **(kwargs or {}))


@contextmanager
def watching(counter: OperatorCounter, module: nn.Module | None) -> Iterator[None]:
    """Run with fused recurrent and transformer kernels off, so that they show the operators they stand for.

    The switches turn off the recurrent ones; torch leaves the transformer one by itself under a function mode.
    """
    with ExitStack() as stack:
        for backend in (torch.backends.mkldnn, torch.backends.cudnn):
            stack.callback(setattr, backend, "enabled", backend.enabled)
            backend.enabled = False
        for address, part in () if module is None else module.named_modules():
            enter, leave = _steps(counter.where, address)
            stack.callback(part.register_forward_pre_hook(enter).remove)
            stack.callback(part.register_forward_hook(leave, always_call=True).remove)
        stack.enter_context(_Leaks(counter))
        stack.enter_context(counter)
        yield


def _steps(where: list[str], address: str) -> tuple[Any, Any]:
    return lambda *_: where.append(address), lambda *_: where.pop() and None


def tensors(*trees: Any) -> list[Tensor]:
    """Every tensor in nested arguments."""
    return [leaf for leaf in tree_leaves(trees) if isinstance(leaf, Tensor)]


def _elements(name: str, before: list[Tensor], after: list[Tensor]) -> int:
    sizes = [t.numel() for t in before + after]
    return sum(t.numel() for t in before) if name.startswith("_foreach_") else max(sizes, default=0)


def _storage(t: Tensor) -> torch.UntypedStorage:
    if t.layout == torch.sparse_coo:
        t = t._values()
    elif t.layout != torch.strided:
        t = t.values()
    return t.untyped_storage()
