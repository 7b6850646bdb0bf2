"""Whole sequences of LIF neurons with constants of their own on the CPU: one compiled sweep, and one back."""

from __future__ import annotations

from typing import Any, NamedTuple, no_type_check

import torch
from torch import Tensor

from neurarium.core.errors import NeurariumError
from neurarium.core.kernels import compiled
from neurarium.core.surrogate import Surrogate


class Constants(NamedTuple):
    """The constants of each neuron, ``(units,)``."""

    alpha: Tensor
    theta: Tensor
    gamma: Tensor
    beta: Tensor
    rho: Tensor


@compiled()
@no_type_check
def _charge(x, v, h, alpha, theta, gamma, beta, rho, z, charged, kept):
    """Spikes, potentials before the reset and traces before the spike; `v` and `h` are advanced in place."""
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                c = alpha[j] * v[i, j] + x[row, i, j]
                k = rho[j] * h[i, j]
                bar = theta[j] + beta[j] * k
                fired = one if c - bar >= zero else zero
                z[row, i, j], charged[row, i, j], kept[row, i, j] = fired, c, k
                v[i, j] = c - fired * (gamma[j] * bar)
                h[i, j] = k + fired


@compiled()
@no_type_check
def _adjoint(g_z, z, charged, kept, bump, v, h, alpha, theta, gamma, beta, rho, g_x, g_v, g_h, g_constants):
    """Gradients of `_charge`, last row first; `v` and `h` are those before the first."""
    for back in range(z.shape[0]):
        row = z.shape[0] - 1 - back
        for i in range(z.shape[1]):
            for j in range(z.shape[2]):
                fired, k, gv = z[row, i, j], kept[row, i, j], g_v[i, j]
                bar = theta[j] + beta[j] * k
                if row > 0:
                    before = z[row - 1, i, j]
                    bar_before = theta[j] + beta[j] * kept[row - 1, i, j]
                    v_before = charged[row - 1, i, j] - before * (gamma[j] * bar_before)
                    h_before = kept[row - 1, i, j] + before
                else:
                    v_before, h_before = v[i, j], h[i, j]
                g_u = (g_z[row, i, j] + g_h[i, j] - gv * gamma[j] * bar) * bump[row, i, j]
                g_c = gv + g_u
                g_bar = -g_u - gv * gamma[j] * fired
                g_k = g_h[i, j] + g_bar * beta[j]
                g_constants[0, j] += g_c * v_before
                g_constants[1, j] += g_bar
                g_constants[2, j] -= gv * bar * fired
                g_constants[3, j] += g_bar * k
                g_constants[4, j] += g_k * h_before
                g_x[row, i, j] = g_c
                g_v[i, j] = alpha[j] * g_c
                g_h[i, j] = rho[j] * g_k


class LearnedLIFSweep(torch.autograd.Function):
    """``(x, v, h, *constants) -> (z, v, h)`` with `x` as ``(time, rows, units)``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, v: Tensor, h: Tensor, surrogate: Surrogate, *constants: Tensor) -> Any:
        z, charged, kept = torch.empty_like(x), torch.empty_like(x), torch.empty_like(x)
        v_now, h_now = v.clone(), h.clone()
        _charge(*(t.detach().numpy() for t in (x, v_now, h_now, *constants, z, charged, kept)))
        ctx.save_for_backward(z, charged, kept, v, h, *constants)
        ctx.surrogate = surrogate
        return z, v_now, h_now

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        if torch.is_grad_enabled():
            raise NeurariumError(
                "LearnedLIF: the fused path has no second derivative (`create_graph=True`). "
                "Run the neuron step by step: core.unroll(neuron.step, x, neuron.init_state(x[0]))."
            )
        z, charged, kept, v, h, *constants = ctx.saved_tensors
        of = Constants(*constants)
        bump = ctx.surrogate.grad(charged - of.theta - of.beta * kept)
        g_x, g_v, g_h = torch.empty_like(z), grads[1].clone(), grads[2].clone()
        g_constants = z.new_zeros(len(of), z.shape[-1])
        given = (grads[0].contiguous(), z, charged, kept, bump, v, h, *constants, g_x, g_v, g_h, g_constants)
        _adjoint(*(t.detach().numpy() for t in given))
        return g_x, g_v, g_h, None, *g_constants.unbind(0)
