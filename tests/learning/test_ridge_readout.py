import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from neurarium.core import NeurariumError, Rng
from neurarium.learning import ridge_readout


def normal(*shape, stream="x"):
    return torch.randn(*shape, generator=Rng(0)(stream), dtype=torch.float64)


def penalty(x, ridge):
    return ridge * (x - x.mean(0)).square().sum(0).mean().item()


@pytest.mark.parametrize("ridge", [0.0, 1e-4, 0.3])
def test_it_is_scikit_learns_ridge(ridge):
    x, y = normal(50, 6) + 2.0, normal(50, 3, stream="y") - 1.0
    peer = Ridge(alpha=penalty(x, ridge), solver="svd").fit(x.numpy(), y.numpy())
    readout = ridge_readout(x, y, ridge=ridge)
    np.testing.assert_allclose(readout.weight.numpy(), peer.coef_, atol=1e-10)
    np.testing.assert_allclose(readout.bias.numpy(), peer.intercept_, atol=1e-10)
    np.testing.assert_allclose(readout(x).numpy(), peer.predict(x.numpy()), atol=1e-10)


def test_no_small_change_of_the_solution_is_better():
    x, y = normal(40, 5), normal(40, 2, stream="y")

    def cost(weight, bias):
        return (y - x @ weight.mT - bias).square().sum() + penalty(x, 0.1) * weight.square().sum()

    weight, bias = ridge_readout(x, y, ridge=0.1)
    best = cost(weight, bias)
    for stream in "abc":
        assert cost(weight + 1e-3 * normal(2, 5, stream=stream), bias) > best
        assert cost(weight, bias + 1e-3 * normal(2, stream=stream)) > best


def test_penalty_follows_the_size_of_the_states():
    x, y = normal(40, 5), normal(40, 2, stream="y")
    small, large = ridge_readout(x, y, ridge=0.1), ridge_readout(1000 * x, y, ridge=0.1)
    torch.testing.assert_close(small(x), large(1000 * x))


def test_leading_axes_are_samples_and_the_answer_has_the_type_of_the_states():
    x, y = normal(10, 4, 5), normal(10, 4, 2, stream="y")
    joined = ridge_readout(x.flatten(0, 1), y.flatten(0, 1))
    torch.testing.assert_close(ridge_readout(x, y)(x).flatten(0, 1), joined(x.flatten(0, 1)))
    readout = ridge_readout(x.float(), y.float())
    assert readout.weight.dtype == torch.float64
    assert readout(x.float()).dtype == torch.float32


def test_bad_input_is_refused():
    x, y = normal(10, 5), normal(9, 2, stream="y")
    with pytest.raises(NeurariumError, match="have the samples of `states`"):
        ridge_readout(x, y)
    with pytest.raises(NeurariumError, match="`ridge` must be zero or a positive number"):
        ridge_readout(x[:9], y, ridge=-1.0)
    with pytest.raises(NeurariumError, match="so much alike"):
        ridge_readout(torch.ones(9, 5), y, ridge=0.0)
