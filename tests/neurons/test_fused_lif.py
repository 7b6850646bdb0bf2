"""The compiled sweep gives what the steps give."""

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from neurarium.core import ATan, FastSigmoid, NeurariumError, Rng, Tape, Triangle, unroll
from neurarium.cost import operations
from neurarium.neurons import (
    LIF,
    HardReset,
    LeakyIntegrator,
    LeakyIntegratorState,
    LIFState,
    SoftReset,
    _fused_lif,
)

RESETS = [
    SoftReset(),
    SoftReset(is_detached=True),
    HardReset(v_reset=-0.2),
    HardReset(v_reset=0.1, is_detached=True),
]
SURROGATES = [ATan(width=0.4), FastSigmoid(), Triangle(width=0.7)]
every_variant = pytest.mark.parametrize("reset", RESETS, ids=str)
every_surrogate = pytest.mark.parametrize("surrogate", SURROGATES, ids=str)


def draw(*shape, name="x", dtype=torch.float64):
    return torch.randn(shape, generator=Rng(5)(name), dtype=torch.float64).to(dtype)


def currents(*shape, dtype=torch.float64):
    return 0.2 + 0.6 * draw(*shape, dtype=dtype)


def stepped(neuron, x, state):
    return unroll(neuron.step, x, state)


def swept(neuron, x, state):
    assert _fused_lif.is_fusable(x, state.v)
    return neuron.unroll(x, state)


def gradients(run, neuron, kind, x, v, weights):
    """Outputs and the gradients of a loss that uses every output twice."""
    x, v = x.clone().requires_grad_(), v.clone().requires_grad_()
    out, state = run(neuron, x, kind(v))
    loss = (weights[0] * out).sum() + 0.5 * (weights[0].flip(0) * out).square().sum() + (weights[1] * state.v).sum()
    loss = loss + (out.mean(0) * state.v).sum()
    return out.detach(), state.v.detach(), *torch.autograd.grad(loss, (x, v))


@every_variant
@every_surrogate
def test_spikes_equal_and_gradients_agree_in_double_precision(reset, surrogate):
    neuron = LIF(tau_mem_ms=7.0, threshold=0.9, reset=reset, surrogate=surrogate)
    x, v, weights = currents(23, 3, 5), draw(3, 5, name="v"), (draw(23, 3, 5, name="w"), draw(3, 5, name="last"))
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (swept, stepped))
    assert 0.05 < ours[0].mean() < 0.95
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    for got, want in zip(ours[2:], theirs[2:], strict=True):
        assert want.abs().max() > 0.1
        torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


@every_variant
def test_spikes_and_potentials_are_the_same_bits_in_single_precision(reset):
    neuron = LIF(tau_mem_ms=11.0, threshold=0.7, reset=reset)
    x, v = currents(200, 8, 40, dtype=torch.float32), draw(8, 40, name="v", dtype=torch.float32)
    (z, state), (z_steps, last) = swept(neuron, x, LIFState(v)), stepped(neuron, x, LIFState(v))
    assert z.dtype == torch.float32
    assert torch.equal(z, z_steps)
    assert torch.equal(state.v, last.v)


@every_surrogate
def test_gradient_of_one_step_is_the_formula(surrogate):
    neuron = LIF(threshold=0.8, surrogate=surrogate)
    x = torch.linspace(-0.5, 2.0, 26, dtype=torch.float64)[None].requires_grad_()
    z, _ = neuron(x)
    (g,) = torch.autograd.grad(z.sum(), x)
    torch.testing.assert_close(g[0], surrogate.grad(x.detach()[0] - 0.8), atol=1e-14, rtol=1e-14)


@pytest.mark.parametrize("neuron", [LIF(tau_mem_ms=5.0), LeakyIntegrator(tau_mem_ms=5.0)], ids=["LIF", "LI"])
def test_state_and_its_gradient_carry_over_a_cut(neuron):
    x, w = currents(19, 4, 6).requires_grad_(), draw(19, 4, 6, name="w")
    whole, end = neuron(x)
    first, middle = neuron(x[:8])
    second, late = neuron(x[8:], middle)
    assert torch.equal(torch.cat([first, second]), whole)
    assert torch.equal(late.v, end.v)
    g_whole = torch.autograd.grad((w * whole).sum() + end.v.sum(), x)
    g_cut = torch.autograd.grad((w * torch.cat([first, second])).sum() + late.v.sum(), x)
    torch.testing.assert_close(g_cut, g_whole, atol=1e-12, rtol=0)


def test_leaky_integrator_equals_its_steps_and_the_closed_form():
    neuron, x, v = LeakyIntegrator(tau_mem_ms=3.0), draw(12, 2, 5), draw(2, 5, name="v")
    weights = draw(12, 2, 5, name="w"), draw(2, 5, name="last")
    ours, theirs = (gradients(run, neuron, LeakyIntegratorState, x, v, weights) for run in (swept, stepped))
    assert torch.equal(ours[0], theirs[0])
    for got, want in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, want, atol=1e-12, rtol=1e-12)
    powers = neuron.alpha ** torch.arange(12, dtype=torch.float64)
    last = torch.einsum("t,tbu->bu", powers.flip(0), x) + neuron.alpha**12 * v
    torch.testing.assert_close(ours[1], last)


def test_leaky_integrator_can_be_differentiated_twice():
    neuron, x, v = LeakyIntegrator(tau_mem_ms=3.0), draw(5, 2).requires_grad_(), draw(2, name="v").requires_grad_()
    run = lambda x, v: neuron(x, LeakyIntegratorState(v))[0].square()  # noqa: E731
    assert torch.autograd.gradcheck(run, (x, v))
    assert torch.autograd.gradgradcheck(run, (x, v))


def test_lif_refuses_a_second_derivative_and_says_what_to_do():
    x = currents(5, 2).requires_grad_()
    with pytest.raises(NeurariumError, match=r"no second derivative .*core\.unroll\(neuron\.step"):
        torch.autograd.grad(LIF()(x)[0].sum(), x, create_graph=True)


@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 3, 4)])
def test_any_shape_and_any_strides(shape):
    neuron, w = LIF(tau_mem_ms=4.0), draw(*shape, name="w")
    x = currents(*shape[::-1]).permute(*range(len(shape) - 1, -1, -1)).requires_grad_()
    assert len(shape) == 1 or not x.is_contiguous()
    start = neuron.init_state(x[0])
    (z, state), (z_steps, last) = swept(neuron, x, start), stepped(neuron, x, start)
    assert z.shape == shape
    assert state.v.shape == shape[1:]
    assert torch.equal(z, z_steps)
    assert torch.equal(state.v, last.v)
    got, want = (torch.autograd.grad((w * out).sum(), x)[0] for out in (z, z_steps))
    torch.testing.assert_close(got, want, atol=1e-12, rtol=0)
    z, _ = neuron(x)
    torch.testing.assert_close(  # the gradient of a sum is one number seen many times
        torch.autograd.grad(z.sum(), x), torch.autograd.grad(stepped(neuron, x, start)[0].sum(), x)
    )


@pytest.mark.parametrize("v_shape", [(), (1,), (5,), (3, 1), (3, 5)])
def test_one_start_may_serve_many_neurons(v_shape):
    neuron, x, w = LIF(tau_mem_ms=4.0), currents(6, 3, 5), draw(6, 3, 5, name="w")
    v = draw(*v_shape, name="v").requires_grad_()
    before = v.detach().clone()
    got, want = (torch.autograd.grad((w * run(neuron, x, LIFState(v))[0]).sum(), v)[0] for run in (swept, stepped))
    torch.testing.assert_close(got, want, atol=1e-12, rtol=0)
    with torch.no_grad():
        swept(neuron, x, LIFState(v))
    assert torch.equal(v, before), "the state that goes in is left as it was"


def test_forward_alone_is_the_same_and_keeps_no_potentials():
    neuron, x = LIF(tau_mem_ms=4.0, reset=HardReset()), currents(9, 3, 5).requires_grad_()
    z, state = neuron(x)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            alone, last = neuron(x)
        assert alone.grad_fn is None
        assert torch.equal(alone, z)
        assert torch.equal(last.v, state.v)


def test_potentials_become_the_gradient_unless_the_graph_is_kept():
    neuron, x, w, kept = LIF(tau_mem_ms=4.0), currents(9, 3, 5).requires_grad_(), draw(9, 3, 5, name="w"), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        z, _ = neuron(x)
    first, second = (torch.autograd.grad(z, x, w, retain_graph=True)[0].clone() for _ in range(2))
    (last,) = torch.autograd.grad(z, x, w)
    assert torch.equal(first, second)
    assert torch.equal(first, last)
    torch.testing.assert_close(first, torch.autograd.grad(stepped(neuron, x, neuron.init_state(x[0]))[0], x, w)[0])
    potentials = [t for t in kept if t.shape == x.shape]
    assert [t.data_ptr() for t in potentials] == [last.data_ptr()]


def test_infinite_input_ends_as_it_does_step_by_step():
    x = torch.tensor([[0.5, -torch.inf, torch.inf, torch.nan], [0.6, 2.0, 2.0, 2.0]], dtype=torch.float64)
    for reset in RESETS:
        neuron, ours, theirs = LIF(reset=reset), x.clone().requires_grad_(), x.clone().requires_grad_()
        z, state = swept(neuron, ours, neuron.init_state(x[0]))
        z_steps, last = stepped(neuron, theirs, neuron.init_state(x[0]))
        torch.testing.assert_close(z, z_steps, equal_nan=True)
        torch.testing.assert_close(state.v, last.v, equal_nan=True)
        (z.sum() + state.v.sum()).backward()
        (z_steps.sum() + last.v.sum()).backward()
        assert torch.equal(ours.grad.isfinite(), theirs.grad.isfinite())


@pytest.fixture
def n_threads():
    """Set torch's threads; back to what they were at the end."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_same_bits_at_any_number_of_threads_and_at_every_run(n_threads, monkeypatch):
    x, w, seen = currents(12, 3, 1111, dtype=torch.float32), draw(12, 3, 1111, dtype=torch.float32), []
    most = _fused_lif.numba.config.NUMBA_NUM_THREADS
    before = _fused_lif.numba.get_num_threads()
    for n, widest in ((1, 1 << 16), (1, 1 << 16), (1, 100), (most, 1 << 16), (most, 48)):
        n_threads(n)
        monkeypatch.setattr(_fused_lif, "_WIDEST", widest)
        x_n = x.clone().requires_grad_()
        z, state = LIF(tau_mem_ms=6.0)(x_n)
        y, _ = LeakyIntegrator(tau_mem_ms=6.0)(z)
        (y * w).sum().backward()
        seen.append((z.detach(), state.v.detach(), y.detach(), x_n.grad))
        assert _fused_lif.numba.get_num_threads() == before, "numba's own setting is left as it was"
    for other in seen[1:]:
        assert all(torch.equal(a, b) for a, b in zip(seen[0], other, strict=True))


def test_teams_of_threads_are_no_larger_than_torch_allows(n_threads, monkeypatch):
    teams = []
    monkeypatch.setattr(_fused_lif.numba, "set_num_threads", teams.append)
    monkeypatch.setattr(_fused_lif.numba, "get_num_threads", lambda: 1)
    monkeypatch.setattr(_fused_lif.numba.config, "NUMBA_NUM_THREADS", 4)
    work = lambda *_: None  # noqa: E731
    for n, columns in ((1, 1 << 20), (2, 1 << 20), (8, 1 << 20), (8, 3 << 10), (8, 1 << 10)):
        n_threads(n)
        _fused_lif._sweep(work, work, columns)
    assert teams[::2] == [2, 4, 3], "one thread, and few columns, start no team"


class Twice(LIF):
    def step(self, x, state):
        return super().step(2 * x, state)


class OwnReset:
    is_detached = False

    def __call__(self, v, z, threshold):
        return v - 2 * z * threshold


class OwnBump:
    width = 1.0

    def grad(self, x):
        return torch.exp(-x.abs())


@pytest.mark.parametrize(
    "neuron", [LIF(reset=OwnReset()), LIF(surrogate=OwnBump()), Twice()], ids=["reset", "surrogate", "step"]
)
def test_what_no_kernel_knows_is_stepped(neuron):
    x = currents(15, 2, 3).requires_grad_()
    start = neuron.init_state(x[0])
    ours, steps = neuron.unroll(x, start)[0], stepped(neuron, x, start)[0]
    assert torch.equal(ours, steps)
    assert torch.equal(*(torch.autograd.grad(out.square().sum(), x)[0] for out in (ours, steps)))
    assert type(ours.grad_fn).__name__ == "StackBackward0"


def test_a_decay_of_its_own_for_each_neuron_is_stepped():
    x = currents(15, 2, 3)
    for neuron in (LIF(), LeakyIntegrator()):
        neuron.alpha = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
        start = neuron.init_state(x[0])
        assert torch.equal(neuron(x)[0], stepped(neuron, x, start)[0])


@pytest.mark.parametrize(
    ("x", "v"),
    [
        (torch.zeros(3, 2, dtype=torch.bfloat16), torch.zeros(2, dtype=torch.bfloat16)),
        (torch.zeros(3, 2), torch.zeros(2, dtype=torch.float64)),
        (torch.zeros(3, 2, device="meta"), torch.zeros(2, device="meta")),
        (torch.zeros(3, 2), torch.zeros(4, 2)),
        (torch.zeros(3, 2), torch.zeros(1, 1, 2)),
        (torch.zeros(3, 0), torch.zeros(0)),
        (torch.zeros(3, 2).to_sparse(), torch.zeros(2)),
    ],
    ids=["bfloat16", "mixed", "device", "other shape", "more axes", "empty", "sparse"],
)
def test_input_that_no_kernel_takes_is_stepped(x, v):
    assert not _fused_lif.is_fusable(x, v)


def test_no_time_step_is_refused_as_ever():
    with pytest.raises(NeurariumError, match="at least one time step"):
        LIF().unroll(torch.zeros(0, 2), LIFState(torch.zeros(2)))


def test_a_counter_of_operations_sees_the_steps():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.lif, self.readout = nn.Linear(4, 6, bias=False), LIF(tau_mem_ms=4.0), nn.Linear(6, 2)

        def forward(self, x):
            z, _ = self.lif(self.weight(x))
            return LeakyIntegrator()(self.readout(z))[0]

    net, x = Net(), 2 * currents(10, 3, 4, dtype=torch.float32)
    with torch.no_grad():
        spikes = net.lif(net.weight(x))[0]
    counted = operations(net, x)
    assert 0 < spikes.mean() < 1
    assert counted.uncounted == ()
    assert counted.effective_acs == 2 * int(spikes.sum())
    assert counted.activation_sparsity == pytest.approx(1 - spikes.mean().item(), abs=1e-6)
    assert {"lif"} <= {row.module for row in counted.breakdown}


def test_a_tape_records_spikes_and_last_state():
    net, x = nn.Sequential(LIF(tau_mem_ms=4.0)), currents(10, 3, 4)
    with Tape(net, ["0.in", "0.out", "0.state.v"]) as tape:
        z, state = net(x)
    assert torch.equal(tape["0.in"], x)
    assert torch.equal(tape["0.out"], z)
    assert torch.equal(tape["0.state.v"], state.v)


def test_checkpoint_recomputes_the_potentials():
    x, w, neuron = currents(10, 3, 4).requires_grad_(), draw(10, 3, 4, name="w"), LIF(tau_mem_ms=4.0)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        z, _ = torch.utils.checkpoint.checkpoint(neuron, x, use_reentrant=False)
        assert [t.data_ptr() for t in kept] == [x.data_ptr()], "the input alone, which is there anyway"
        (g,) = torch.autograd.grad((w * z).sum(), x)
    torch.testing.assert_close(g, torch.autograd.grad((w * neuron(x)[0]).sum(), x)[0], atol=0, rtol=0)


RUN = """
import time, torch
from neurarium.neurons import LIF
started = time.perf_counter()
x = torch.ones(4, 3).requires_grad_()
LIF()(x)[0].sum().backward()
print(time.perf_counter() - started)
"""


def in_a_new_process(cache):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_kernels_are_kept_where_numba_is_told_and_the_next_process_finds_them(tmp_path):
    in_a_new_process(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")}
    assert len(kept) == 2, "one forward, one backward"
    in_a_new_process(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")} == kept
