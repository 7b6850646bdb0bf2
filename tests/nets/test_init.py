import pytest
import torch

from neurarium.nets import gaussian, orthogonal


@pytest.mark.parametrize("shape", [(6, 6), (3, 7), (7, 3), (4, 5, 5), (4, 2, 5)])
def test_orthogonal_is_an_isometry_of_the_smaller_side(shape):
    w = orthogonal(shape, torch.Generator().manual_seed(0), gain=2.0)
    small = w @ w.mT if shape[-2] <= shape[-1] else w.mT @ w
    assert w.shape == shape
    torch.testing.assert_close(small, 4 * torch.eye(small.shape[-1]).expand_as(small), atol=1e-5, rtol=0)


def test_orthogonal_is_uniform_over_the_group():
    w = orthogonal((4000, 3, 3), torch.Generator().manual_seed(0))
    # Under Haar measure the trace has mean 0 and variance 1; QR alone is biased.
    trace = w.diagonal(dim1=-2, dim2=-1).sum(-1)
    assert abs(trace.mean()) < 0.06
    assert abs(trace.var() - 1) < 0.1


def test_gaussian_has_the_variance_of_its_fan_in():
    w = gaussian((200, 400), torch.Generator().manual_seed(0), gain=1.5)
    assert w.std().item() == pytest.approx(1.5 / 20, rel=0.02)
