"""Operations: what a run costs, counted at operator level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from neurarium.core.card import measure
from neurarium.core.errors import bad
from neurarium.cost._counter import OperatorCounter, tensors, watching
from neurarium.cost._tally import Operations


@measure(
    summary="Multiply-accumulates, accumulates, parameters, footprint and sparsity of any model or function.",
    level="implementation",
    paper="arxiv:2304.04640",
    tags=("cost", "macs", "sparsity"),
)
def operations(run: nn.Module | Callable[..., Any], *inputs: Any, n_samples: int = 1) -> Operations:
    """Run `run(*inputs)` once and count the operators it comes down to, not the layers it is written in.

    ``(a b)_ij = Σ_k a_ik b_kj`` has m k n dense MACs; a product is effective when both operands are non-zero, and an
    accumulate (AC) when moreover an operand that is an activation is all zeros and ones, as a whole. Additions of a
    bias are not counted; padding is in the dense count alone; a complex MAC is four. Activations are inputs, what is
    made during the run, and what follows from them; weights were there before. Fused recurrent and transformer
    kernels are switched off meanwhile. What is not seen through is in ``.uncounted``, never a zero; matrix products
    written as pointwise products and a sum are in ``.elementwise_ops``. Gradients that `run` takes are counted too.

    Args:
        run: a module, a bound method of one, or any function.
        inputs: its arguments, nested at will.
        n_samples: how many samples they hold, for ``.per_sample``.

    Raises:
        NeurariumError: if `n_samples` is not a positive integer.

    Example:
        >>> import torch
        >>> operations(nn.Linear(8, 4), torch.ones(3, 8), n_samples=3).per_sample["dense_macs"]
        32.0

    Paper: metric names of NeuroBench, Yik et al. 2023, arXiv:2304.04640.
    """
    if isinstance(n_samples, bool) or not isinstance(n_samples, int) or n_samples < 1:
        raise bad("operations", "n_samples", "be a positive integer", n_samples)
    owner = run if isinstance(run, nn.Module) else getattr(run, "__self__", None)
    module = owner if isinstance(owner, nn.Module) else None
    counter = OperatorCounter(tensors(inputs))
    with watching(counter, module):
        run(*inputs)
    n_parameters, footprint_bytes = _weights(module, counter)
    return Operations(
        breakdown=tuple(counter.rows.values()),
        uncounted=tuple(counter.unknown.values()),
        n_parameters=n_parameters,
        footprint_bytes=footprint_bytes,
        activation_sparsity=counter.n_zeros / counter.n_activations if counter.n_activations else None,
        n_samples=n_samples,
    )


def _weights(module: nn.Module | None, counter: OperatorCounter) -> tuple[int, int]:
    if module is None:
        sizes = counter.origins.constants.values()
        return sum(elements for elements, _ in sizes), sum(n_bytes for _, n_bytes in sizes)
    held = [*module.parameters(), *module.buffers()]
    return sum(p.numel() for p in module.parameters()), sum(t.numel() * t.element_size() for t in held)
