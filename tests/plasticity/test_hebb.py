import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import Hebb


def test_weights_after_n_updates_are_a_geometric_series():
    generator = torch.Generator().manual_seed(0)
    x, y, w0 = (torch.randn(s, generator=generator, dtype=torch.float64) for s in ((6, 4), (6, 2), (2, 4)))
    rule, w = Hebb(lr=0.3, forgetting=0.1), w0
    for _ in range(20):
        w, _ = rule.step(x, y, w, rule.init_state(w))
    correlation = y.mT @ x / 6
    torch.testing.assert_close(w, 0.9**20 * w0 + 0.3 * (1 - 0.9**20) / 0.1 * correlation)


def test_without_forgetting_it_adds_up_and_the_modulator_gates_samples():
    x, y, w = torch.eye(3), torch.ones(3, 1), torch.zeros(1, 3)
    rule = Hebb(lr=3.0)
    assert rule.step(x, y, w, rule.init_state(w), torch.tensor([1.0, -1.0, 0.5]))[0].tolist() == [[1.0, -1.0, 0.5]]


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"forgetting": -0.1}, {"forgetting": 1.1}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Hebb: `{next(iter(wrong))}` must"):
        Hebb(**wrong)
