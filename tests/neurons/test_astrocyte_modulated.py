import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.neurons import LIF, AstrocyteModulated, AstrocyteModulatedState


def layer(**changes):
    return AstrocyteModulated(**{"n_inputs": 6, "n_units": 5, "n_keys": 3, "rng": Rng(0), **changes}).double()


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=Rng(seed)("data"), dtype=torch.float64)


@pytest.mark.parametrize("tau_glia_ms", [1e-3, 3.0, 1e12])
def test_parallel_form_is_the_recurrent_one_forward_and_backward(tau_glia_ms):
    found = []
    for run in (lambda part, x, s: part(x, s), lambda part, x, s: unroll(part.step, x, s)):
        part, x = layer(tau_glia_ms=tau_glia_ms), draw(20, 4, 6).requires_grad_()
        start = AstrocyteModulatedState(draw(4, 5, seed=1), draw(4, 5, 3, seed=2).requires_grad_())
        z, state = run(part, x, start)
        (z.square().sum() + (state.h * draw(4, 5, 3, seed=3)).sum() + state.u.sum()).backward()
        found.append((z, state.u, state.h, x.grad, start.h.grad, *(p.grad for p in part.parameters())))
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("gap", [0, 1, 40])
def test_what_was_stored_under_a_key_comes_back_weakened_by_gamma_to_the_gap(gap):
    """Key i is input i; while other keys are written, the query for key 0 returns its value alone."""
    part = layer(n_keys=6, tau_glia_ms=25.0)
    with torch.no_grad():
        part.weight_key.copy_(6 * torch.eye(6))
        part.weight_query.copy_(torch.eye(6)[[1, 0, 2, 3, 4, 5]])  # input 1 asks for key 0
    x = torch.zeros(gap + 2, 1, 6, dtype=torch.float64)
    x[0, 0, 0] = 1.0
    x[1 : gap + 1, 0, 2] = 1.0
    x[-1, 0, 1] = 1.0
    currents, _ = part.drive(x, torch.zeros(1, 5, 6, dtype=torch.float64))
    stored = part.weight_value[:, 0]
    torch.testing.assert_close(currents[-1, 1, 0], math.exp(-(gap + 1) / 25.0) * stored)


def test_without_values_it_is_a_lif_layer():
    part, x = layer(tau_mem_ms=7.0), 3 * draw(40, 3, 6)
    with torch.no_grad():
        part.weight_value.zero_()
    spikes, state = LIF(tau_mem_ms=7.0)(x @ part.weight.mT)
    found, own = part(x)
    assert torch.equal(found, spikes)
    torch.testing.assert_close(own.u, state.v)
    assert spikes.any()


def test_astrocyte_moves_the_spikes_but_is_not_integrated():
    part = layer(n_keys=1, n_units=1, n_inputs=1, tau_glia_ms=1e-3, tau_mem_ms=1e20)
    with torch.no_grad():
        for w, value in zip(part.parameters(), (0.3, 1.0, 1.0, 1.0), strict=True):
            w.fill_(value)
    z, state = part(torch.ones(6, 1, 1, dtype=torch.float64))
    assert z.flatten().tolist() == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]  # o = 1 at every step, so any u >= 0 fires
    assert state.u.item() == pytest.approx(6 * 0.3 - 2)


def test_state_does_not_grow_with_the_input():
    sizes = [sum(t.numel() for t in layer()(draw(n, 2, 6))[1]) for n in (3, 300)]
    assert sizes[0] == sizes[1] == 2 * (5 + 5 * 3)


def test_fired_together_is_fired_apart():
    parts, x = [layer(rng=Rng(s)) for s in (0, 1)], draw(15, 2, 6)
    currents = [p.drive(x, p.init_state(x[0]).h)[0] for p in parts]
    together, _ = parts[0].fire(torch.stack(currents, 2), x.new_zeros(2, 2, 5))
    for part, spikes in zip(parts, together.unbind(1), strict=True):
        assert torch.equal(part(x)[0], spikes)


@pytest.mark.parametrize(
    "wrong", [{"n_units": 0}, {"n_keys": 1.5}, {"tau_glia_ms": 0.0}, {"tau_mem_ms": -1.0}, {"dt_ms": 0.0}]
)
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"AstrocyteModulated: `{next(iter(wrong))}` must"):
        layer(**wrong)
