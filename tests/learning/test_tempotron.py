import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import tempotron

TAU, TAU_S, PEAK = 15.0, 3.75, 2.1165347  # PEAK makes the kernel's largest value one


def kernel(t):
    """Postsynaptic potential of the paper, zero before its spike."""
    return torch.where(t >= 0, PEAK * (torch.exp(-t.clamp_min(0) / TAU) - torch.exp(-t.clamp_min(0) / TAU_S)), 0.0)


@pytest.fixture
def traces():
    """Traces of one spike in each of 6 inputs, ``(time, trials, inputs)``."""
    at = 60 * torch.rand(30, 6, generator=Rng(0)("spikes"), dtype=torch.float64)
    return kernel(torch.arange(100, dtype=torch.float64).view(-1, 1, 1) - at)


def test_its_gradient_is_the_published_rule(traces):
    w = torch.full((1, 6), 0.32, dtype=torch.float64, requires_grad=True)
    wanted = torch.arange(30).view(-1, 1) % 2 == 0
    v = traces @ w.mT
    tempotron(v, wanted).backward()
    want = torch.zeros(6, dtype=torch.float64)
    n_misses = n_false = 0
    for trial, (fires, peak) in enumerate(zip(wanted[:, 0], v.detach().max(0).values[:, 0], strict=True)):
        at_peak = traces[v[:, trial, 0].argmax(), trial]
        if fires and peak < 1:
            n_misses += 1
            want -= at_peak / 30
        elif not fires and peak >= 1:
            n_false += 1
            want += at_peak / 30
    assert n_misses > 2
    assert n_false > 2
    torch.testing.assert_close(w.grad[0], want)


def test_nothing_is_learned_from_what_is_right():
    v = torch.tensor([[0.2, 1.5], [0.9, 0.1]], requires_grad=True)
    cost = tempotron(v.unsqueeze(1), torch.tensor([[False, True]]))
    cost.backward()
    assert cost.item() == 0
    assert (v.grad == 0).all()


def test_descent_learns_to_tell_patterns_apart(traces):
    """0.3 patterns a synapse, far below the capacity of about 3."""
    traces = traces[:, :8].repeat(1, 1, 5)
    traces = torch.stack([t.roll(shifts=4 * i, dims=0) for i, t in enumerate(traces.unbind(-1))], -1)
    w = torch.zeros(1, 30, dtype=torch.float64, requires_grad=True)
    wanted = torch.arange(8).view(-1, 1) < 4
    for _ in range(400):
        (slope,) = torch.autograd.grad(tempotron(traces @ w.mT, wanted), w)
        w = (w - 0.05 * slope).requires_grad_()
    peak = (traces @ w.mT).max(0).values
    assert torch.equal(peak >= 1, wanted)


def test_threshold_is_where_it_is_asked_for():
    v, yes = torch.tensor([[[0.5]]]), torch.tensor([[True]])
    assert tempotron(v, yes, threshold=0.7).item() == pytest.approx(0.2)
    assert tempotron(v, ~yes, threshold=0.3).item() == pytest.approx(0.2)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(NeurariumError, match="is_target"):
        tempotron(torch.zeros(5, 3, 2), torch.zeros(3, 1, dtype=torch.bool))
