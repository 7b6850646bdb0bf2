import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.neurons import ExpressiveLeakyMemory


def build(**changes):
    sizes = dict(n_inputs=6, n_outputs=2, n_memory=5, n_branches=3)
    return ExpressiveLeakyMemory(**{**sizes, **changes}, rng=Rng(0)).double()


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def published_equations(cell, x, dt=1.0, tau_s=5.0):
    """The paper's recurrence in NumPy, for one trial."""
    p = {name: w.detach().numpy() for name, w in cell.named_parameters()}
    low, high = cell.tau_range_ms
    kappa_m = np.exp(-dt / (low + (high - low) / (1 + np.exp(-p["logit_tau"]))))
    s, m, out = np.zeros(x.shape[1]), np.zeros_like(kappa_m), []
    for x_t in x:
        s = np.exp(-dt / tau_s) * s + np.maximum(p["w_syn"], 0) * x_t
        branches = s.reshape(cell.n_branches, -1).sum(1)
        hidden = np.maximum(p["hidden.weight"] @ np.append(branches, kappa_m * m) + p["hidden.bias"], 0)
        delta = 1.7159 * np.tanh((p["update.weight"] @ hidden + p["update.bias"]) * 2 / 3)
        m = kappa_m * m + 5.0 * (1 - kappa_m) * delta
        out.append(p["read.weight"] @ m + p["read.bias"])
    return np.array(out)


def test_equals_the_published_equations():
    cell, x = build(), draw(30, 4, 6)
    with torch.no_grad():
        cell.w_syn[0] = -0.3  # cut off at zero
    out, _ = cell(x)
    for k in range(4):
        np.testing.assert_allclose(out[:, k].detach(), published_equations(cell, x[:, k].numpy()), atol=1e-12)


def test_memories_relax_each_with_its_own_time_constant():
    cell = build(tau_range_ms=(2.0, 200.0))
    with torch.no_grad():
        cell.update.weight.zero_()
    _, state = cell(torch.zeros(20, 1, 6, dtype=torch.float64))
    goal = 5 * 1.7159 * torch.tanh(2 / 3 * cell.update.bias)
    torch.testing.assert_close(state.m[0], goal * (1 - torch.exp(-20 / cell.tau_mem_ms)))


def test_synapses_filter_a_spike_exponentially():
    x = torch.zeros(12, 1, 6, dtype=torch.float64)
    x[0, 0, 4] = -2.0
    _, state = build(tau_syn_ms=7.0, dt_ms=0.5)(x)
    exact = torch.zeros(6, dtype=torch.float64)
    exact[4] = -2.0 * 0.5 * np.exp(-11 * 0.5 / 7.0)
    torch.testing.assert_close(state.s[0], exact)


def test_time_constants_start_evenly_in_their_logarithm_and_stay_within_their_bounds():
    cell = build(tau_range_ms=(1.0, 100.0), n_memory=4)
    torch.testing.assert_close(
        cell.tau_mem_ms, 10 ** torch.tensor([0.25, 0.75, 1.25, 1.75]).double(), rtol=1e-5, atol=0
    )
    with torch.no_grad():
        cell.logit_tau.copy_(torch.tensor([-50.0, 50.0, 0.0, 1.0]))
    assert (cell.tau_mem_ms >= 1).all()
    assert (cell.tau_mem_ms <= 100).all()


def test_synapses_of_one_branch_are_exchangeable_and_those_of_two_are_not():
    cell, x = build(), draw(10, 2, 6)
    out, _ = cell(x)
    torch.testing.assert_close(cell(x[..., [1, 0, 2, 3, 4, 5]])[0], out)
    assert not torch.allclose(cell(x[..., [2, 1, 0, 3, 4, 5]])[0], out)


def test_number_of_parameters():
    for n_branches in (1, 2, 6, None):
        n_syn, n_mem, n_out, n_dend = 6, 5, 2, n_branches or 6
        mlp = (n_dend + n_mem + 1) * 2 * n_mem + (2 * n_mem + 1) * n_mem
        found = sum(w.numel() for w in build(n_branches=n_branches).parameters())
        assert found == n_syn + n_mem + mlp + (n_mem + 1) * n_out


def test_weights_come_from_the_stream_alone():
    before = torch.get_rng_state()
    cells = [ExpressiveLeakyMemory(n_inputs=4, n_outputs=1, rng=Rng(seed)) for seed in (0, 0, 1)]
    assert torch.equal(before, torch.get_rng_state())
    a, b, other = (c.hidden.weight for c in cells)
    assert torch.equal(a, b)
    assert not torch.equal(a, other)
    assert a.abs().max() <= (4 + 20) ** -0.5
    assert torch.cat([w.flatten() for w in (a, cells[0].update.weight, cells[0].read.weight)]).unique().numel() > 1000


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_any_batch_axes(batch):
    cell, x = build(), draw(5, *batch, 6)
    out, _ = cell(x)
    torch.testing.assert_close(out, cell(x.reshape(5, -1, 6))[0].reshape(5, *batch, 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_memory": 0}, "be a whole number above zero"),
        ({"n_branches": 4}, "divide the 6 inputs"),
        ({"tau_syn_ms": 0.0}, "be a positive number"),
        ({"dt_ms": -1.0}, "be a positive number"),
        ({"tau_range_ms": (10.0, 1.0)}, "be two positive numbers in rising order"),
    ],
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"ExpressiveLeakyMemory: `{next(iter(wrong))}` must {must}"):
        build(**wrong)
