import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import DelayMotifs


def events(*shape, density=0.1, seed=0):
    return torch.rand(*shape, generator=Rng(seed)("events")) < density


def drawn(**sizes):
    neurons = DelayMotifs(**sizes)
    with torch.no_grad():
        for p in neurons.parameters():
            p.copy_(torch.randn(p.shape, generator=Rng(1)("weights")))
    return neurons


def by_hand(neurons, x):
    """The sum of the docstring, term by term."""
    weight, r = neurons.weight.detach(), neurons.reach
    n_steps, n_batch, _, height, width = x.shape
    z = neurons.bias.detach().reshape(1, 1, -1, 1, 1).repeat(n_steps, n_batch, 1, height, width)
    for t, b, p, row, column in x.nonzero().tolist():
        for delay in range(neurons.max_delay_steps + 1):
            for dy in range(-r, r + 1):
                for dx in range(-r, r + 1):
                    y, x_ = row - dy, column - dx
                    if t + delay < n_steps and 0 <= y < height and 0 <= x_ < width:
                        z[t + delay, b, :, y, x_] += weight[:, p, delay, dy + r, dx + r]
    return z


@pytest.mark.parametrize("sizes", [{}, {"reach": 0}, {"max_delay_steps": 0, "reach": 3}, {"n_inputs": 1, "n_units": 3}])
def test_convolution_is_the_sum_over_synapses(sizes):
    neurons, x = drawn(**sizes), events(9, 2, sizes.get("n_inputs", 2), 6, 7)
    torch.testing.assert_close(neurons(x), by_hand(neurons, x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("sizes", [{}, {"max_delay_steps": 0, "reach": 6}, {"max_delay_steps": 11, "reach": 1}])
@pytest.mark.parametrize("density", [0.0, 0.02, 0.3])
def test_event_driven_form_gives_the_same_logits(sizes, density):
    neurons, x = drawn(**sizes), events(14, 3, 2, 16, 16, density=density)
    z, _ = neurons.scatter(x)
    assert (z - neurons(x)).abs().max() < 1e-5 * max(1.0, neurons.weight.detach().abs().max().item())
    assert z.dtype == torch.float32


def test_logits_at_some_places_are_those_of_the_convolution():
    neurons, x = drawn(), events(9, 4, 2, 8, 8)
    where = x.any(2).nonzero()
    t, b, row, column = where.unbind(1)
    z = neurons.arriving(x, where) @ neurons.weight.flatten(1).T + neurons.bias
    torch.testing.assert_close(z, neurons(x)[t, b, :, row, column], atol=1e-5, rtol=1e-5)


def test_a_motif_arrives_all_at_once():
    neurons = DelayMotifs(n_units=1, reach=2, max_delay_steps=4)
    with torch.no_grad():
        for delay, dx in ((0, 0), (2, -1), (4, -2)):  # a thing that moves right by half a pixel a step
            neurons.weight[0, 0, delay, 2, 2 + dx] = 1.0
    moving = torch.zeros(7, 1, 2, 5, 7, dtype=torch.bool)
    for t, column in ((1, 2), (3, 3), (5, 4)):
        moving[t, 0, 0, 2, column] = True
    z = neurons(moving)
    assert z.max() == z[5, 0, 0, 2, 4] == 3.0
    assert neurons(moving.flip(0)).max() == 1.0  # the same events backwards never coincide


def test_operations_are_events_times_the_synapses_that_are_left():
    neurons = drawn(n_units=3, reach=1, max_delay_steps=2)
    x = torch.zeros(5, 1, 2, 6, 6, dtype=torch.bool)
    x[0, 0, 0, 2, 2] = x[3, 0, 1, 3, 3] = True  # far from the border
    assert neurons.scatter(x)[1] == 2 * 3 * 3 * 3 * 3
    x[1, 0, 0, 0, 0] = True  # in a corner 4 of 9 places are on the grid
    assert neurons.scatter(x)[1] == 2 * 81 + 81 * 4 // 9
    thin = neurons.pruned(0.25)
    x[1, 0, 0, 0, 0] = False
    assert thin.scatter(x)[1] == int((thin.weight[:, 0] != 0).sum() + (thin.weight[:, 1] != 0).sum())


def test_pruning_keeps_the_largest_or_any():
    neurons = drawn()
    whole = neurons.weight.detach().clone()
    largest, any_ = neurons.pruned(0.1), neurons.pruned_at_random(0.1, rng=Rng(0))
    n_kept = round(0.1 * whole.numel())
    for thin in (largest, any_):
        kept = thin.weight != 0
        assert kept.sum() == n_kept
        assert torch.equal(thin.weight[kept], whole[kept])
    assert whole[largest.weight != 0].abs().min() >= whole[largest.weight == 0].abs().max()
    assert whole[any_.weight != 0].abs().mean() < whole[largest.weight != 0].abs().mean()
    assert torch.equal(neurons.weight, whole)
    assert torch.equal(neurons.pruned(1.0).weight, whole)


def test_learns_by_cross_entropy_and_gives_gradients():
    neurons, x = DelayMotifs(n_units=2).double(), events(8, 2, 2, 5, 5)
    z = neurons(x)
    assert z.dtype == torch.float64
    assert (z == 0).all()
    torch.nn.functional.cross_entropy(z.movedim(2, 1), torch.zeros(8, 2, 5, 5, dtype=torch.int64)).backward()
    assert all(p.grad.isfinite().all() and (p.grad != 0).any() for p in neurons.parameters())


@pytest.mark.parametrize(
    "wrong", [{"n_units": 0}, {"n_inputs": 0}, {"reach": -1}, {"max_delay_steps": -1}, {"reach": 1.5}]
)
def test_bad_sizes_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"DelayMotifs: `{next(iter(wrong))}` must"):
        DelayMotifs(**wrong)


def test_bad_inputs_are_refused():
    with pytest.raises(NeurariumError, match="DelayMotifs: `x` must be"):
        DelayMotifs()(torch.zeros(5, 1, 3, 4, 4))
    with pytest.raises(NeurariumError, match="DelayMotifs: `density` must"):
        DelayMotifs().pruned(0.0)
