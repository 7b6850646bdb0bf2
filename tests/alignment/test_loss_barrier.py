import numpy as np
import pytest
import torch
from torch import nn

from neurarium.alignment.loss_barrier import loss_barrier
from neurarium.alignment.weight_matching import weight_matching
from neurarium.core import NeurariumError, Rng


def trained(seed, x, y):
    """A network that has learned to tell two classes apart."""
    g = Rng(seed)("weights")
    net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1)).double()
    with torch.no_grad():
        for p in net.parameters():
            p.normal_(generator=g).mul_(0.7)
    adam = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(80):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x)[:, 0], y)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return net


def test_between_a_network_and_its_disguise_there_is_a_barrier_until_they_are_matched():
    x = torch.randn(200, 2, generator=Rng(0)("x"), dtype=torch.float64)
    y = (x.norm(dim=1) < 1).double()
    loss = lambda out: nn.functional.binary_cross_entropy_with_logits(out[:, 0], y)  # noqa: E731
    net = trained(1, x, y)
    order, scale = torch.randperm(24, generator=Rng(2)("order")), torch.linspace(0.2, 5, 24, dtype=torch.float64)
    twin = [
        (net[0].weight[order] * scale[:, None], net[0].bias[order] * scale),
        (net[2].weight[:, order] / scale, net[2].bias),
    ]
    before = loss_barrier(net, twin, x, loss=loss)
    assert before.losses[0] == pytest.approx(before.losses[-1])
    assert before.height > 0.1
    assert abs(loss_barrier(net, weight_matching(net, twin).layers, x, loss=loss).height) < 1e-12

    other = trained(3, x, y)
    assert (
        loss_barrier(net, weight_matching(net, other).layers, x, loss=loss).height
        < loss_barrier(net, other, x, loss=loss).height
    )


def test_linear_network_and_squared_loss_in_closed_form():
    """f = (1-α) f_0 + α f_1 at one layer, so the loss is a parabola below its chord: no barrier."""
    a, b = ([(torch.tensor([[s]], dtype=torch.float64), torch.zeros(1, dtype=torch.float64))] for s in (0.0, 2.0))
    found = loss_barrier(a, b, np.ones((4, 1)), loss=lambda y: (y**2).mean(), n_steps=5)
    np.testing.assert_allclose(found.losses, np.linspace(0, 2, 5) ** 2)
    assert found.height == 0


def test_bad_input_is_refused():
    net = [(torch.ones(2, 1), torch.zeros(2)), (torch.ones(1, 2), torch.zeros(1))]
    with pytest.raises(NeurariumError, match="sizes"):
        loss_barrier(net, net[:1], np.ones((3, 1)), loss=torch.sum)
    with pytest.raises(NeurariumError, match="n_steps"):
        loss_barrier(net, net, np.ones((3, 1)), loss=torch.sum, n_steps=2)
