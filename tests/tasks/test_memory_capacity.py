import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import ridge_readout
from neurarium.tasks import capacities, memory_capacity, nrmse


def test_targets_are_the_input_some_steps_ago():
    x, y = memory_capacity(n_delays=5, n_steps=50, n_trials=3, rng=Rng(0))
    assert x.shape == (50, 3, 1)
    assert y.shape == (50, 3, 5)
    for k in range(1, 6):
        assert torch.equal(y[k:, :, k - 1], x[:-k, :, 0])
    assert torch.equal(y[0, :, :4], y[1, :, 1:])  # the past before the first step is one and the same


def test_input_is_uniform_and_without_memory_of_its_own():
    x, _ = memory_capacity(n_delays=1, n_steps=20_000, rng=Rng(0))
    assert -1 <= x.min() < -0.99 < 0.99 < x.max() < 1
    assert x.var().item() == pytest.approx(1 / 3, rel=0.03)
    assert abs((x[1:] * x[:-1]).mean().item()) < 0.01


def test_a_delay_line_holds_as_many_lags_as_it_is_long():
    _, y = memory_capacity(n_delays=12, n_steps=20_000, rng=Rng(0))
    line = y[:, :, :7]
    found = capacities(ridge_readout(line, y, ridge=0.0)(line), y)
    torch.testing.assert_close(found[:7], torch.ones(7).double())
    assert found[7:].max() < 0.005


def test_a_part_of_a_series():
    series = memory_capacity(n_delays=2, n_steps=30, rng=Rng(0))
    part = series.select(10, 20)
    assert torch.equal(part.x, series.x[10:20])
    assert torch.equal(part.y, series.y[10:20])


def test_scores_by_hand():
    y = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    p = torch.tensor([[0.0], [2.0], [1.0], [3.0]])
    assert capacities(p, y).item() == pytest.approx((4.0 / 5.0) ** 2)
    assert capacities(-p, y).item() == pytest.approx((4.0 / 5.0) ** 2)
    assert capacities(torch.ones(4, 1), y).item() == 0
    assert nrmse(p, y) == pytest.approx((0.5 / 1.25) ** 0.5)
    assert nrmse(torch.full((4, 1), 1.5), y) == pytest.approx(1.0)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="n_delays"):
        memory_capacity(n_delays=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="have the target's shape"):
        nrmse(torch.zeros(3), torch.zeros(4))
    with pytest.raises(NeurariumError, match="`target` must vary"):
        nrmse(torch.zeros(3), torch.ones(3))
