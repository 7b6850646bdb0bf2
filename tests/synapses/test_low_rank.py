import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import LowRank


def draw(*shape, name="data"):
    return torch.randn(*shape, generator=Rng(3)(name), dtype=torch.float64)


def make(n_pre=12, n_post=9, rank=2, **kwargs):
    return LowRank(n_pre=n_pre, n_post=n_post, rank=rank, rng=Rng(0), **kwargs).double()


@pytest.mark.parametrize("shape", [(12,), (6, 12), (5, 6, 12)])
def test_equals_the_dense_product_forward_and_backward(shape):
    synapses, x, delta = make(), draw(*shape).requires_grad_(), draw(*shape[:-1], 9, name="delta")
    wanted = (x, synapses.select, synapses.output)
    out, dense = synapses(x), x @ synapses.to_dense().mT
    torch.testing.assert_close(out, dense)
    for a, b in zip(*(torch.autograd.grad(y, wanted, delta) for y in (out, dense)), strict=True):
        torch.testing.assert_close(a, b)


def test_eigenvalues_are_those_of_the_overlaps():
    synapses = make(n_pre=40, n_post=40, rank=3)
    overlaps = synapses.select.mT @ synapses.output / 40
    full = torch.linalg.eigvals(synapses.to_dense())
    full = full[full.abs().argsort(descending=True)]
    small = torch.linalg.eigvals(overlaps)
    assert full[3:].abs().max() < 1e-12
    torch.testing.assert_close(full[:3].abs(), small.abs().sort(descending=True).values.to(full.real))


def test_what_is_orthogonal_to_the_selection_does_not_pass():
    synapses, x = make(), draw(7, 12)
    basis = torch.linalg.qr(synapses.select.detach())[0]
    assert synapses(x - x @ basis @ basis.mT).abs().max() < 1e-12


def test_entries_have_the_asked_deviation_and_come_from_their_stream():
    synapses = LowRank(n_pre=3000, n_post=2000, rank=4, gain=1.7, rng=Rng(0))
    assert synapses.select.std().item() == pytest.approx(1.7, rel=0.03)
    assert synapses.output.std().item() == pytest.approx(1.7, rel=0.03)
    assert torch.equal(synapses.select, LowRank(n_pre=3000, n_post=2000, rank=4, gain=1.7, rng=Rng(0)).select)


@pytest.mark.parametrize("wrong", [{"n_pre": 0}, {"rank": 0}])
def test_bad_counts_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"LowRank: `{next(iter(wrong))}` must be a whole number above zero"):
        LowRank(**{"n_pre": 4, "n_post": 3, **wrong}, rng=Rng(0))


def test_bad_gain_is_refused():
    with pytest.raises(NeurariumError, match="LowRank: `gain` must be a positive number"):
        LowRank(n_pre=4, n_post=3, gain=0.0, rng=Rng(0))
