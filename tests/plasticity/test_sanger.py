import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import Sanger

SPECTRUM = torch.tensor([4.0, 3.0, 2.0, 1.0, 0.5], dtype=torch.float64)


@pytest.fixture(scope="module")
def data():
    """Samples whose second moment is exactly Q diag(SPECTRUM) Q'."""
    white = torch.linalg.qr(torch.randn(300, 5, generator=Rng(0)("data"), dtype=torch.float64))[0] * 300**0.5
    q = torch.linalg.qr(torch.randn(5, 5, generator=Rng(0)("axes"), dtype=torch.float64))[0]
    return white @ (SPECTRUM.sqrt().unsqueeze(1) * q.mT), q


def learn(rule, x, w, n_steps=3000):
    for _ in range(n_steps):
        w, _ = rule.step(x, x @ w.mT, w, rule.init_state(w))
    return w


def test_rows_become_the_eigenvectors_in_order(data):
    x, q = data
    w = learn(Sanger(lr=0.05), x, torch.randn(3, 5, generator=Rng(1)("weights"), dtype=torch.float64) / 3)
    torch.testing.assert_close((w @ q[:, :3]).abs(), torch.eye(3, dtype=torch.float64), atol=1e-6, rtol=0)


def test_one_step_by_hand():
    """x = (1, 0), w = ((1, 1), (2, 0)): y = (1, 2), y y' = ((1, 2), (2, 4)), tril W = ((1, 1), (10, 2))."""
    x, w = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    after, _ = Sanger(lr=0.5).step(x, x @ w.mT, w, Sanger().init_state(w))
    assert after.tolist() == [[1.0, 0.5], [-2.0, -1.0]]


def test_modulator_scales_each_samples_share(data):
    x, _ = data
    rule, w = Sanger(lr=1.0), torch.eye(5, dtype=torch.float64)[:2]
    gate = (torch.arange(300) < 100).double()
    gated, first = (rule.step(s, s @ w.mT, w, rule.init_state(w), m)[0] - w for s, m in ((x, gate), (x[:100], None)))
    torch.testing.assert_close(gated, first / 3)


def test_step_size_that_is_not_positive_is_refused():
    with pytest.raises(NeurariumError, match="Sanger: `lr` must be a positive number"):
        Sanger(lr=-1.0)
