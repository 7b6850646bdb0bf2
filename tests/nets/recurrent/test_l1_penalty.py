import jaxtyping
import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import L1Penalty

W = torch.tensor([[[1.0, -2.0], [3.0, -4.0]], [[0.0, 0.5], [0.0, 7.0]]])


def test_one_value_a_network_with_and_without_self_connections():
    assert L1Penalty()(W).tolist() == [10.0, 7.5]
    assert L1Penalty(is_diagonal_charged=False)(W).tolist() == [5.0, 0.5]


def test_gradient_is_the_sign():
    w = W.clone().requires_grad_()
    L1Penalty()(w).sum().backward()
    assert torch.equal(w.grad, W.sign())


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1)])
def test_weight_must_be_square(shape, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # else the shape hook speaks first
    with pytest.raises(NeurariumError, match=r"L1Penalty: `weight` must be \(..., n, n\)"):
        L1Penalty()(torch.zeros(shape))
