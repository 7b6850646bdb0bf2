import numpy as np
import pytest
import torch
from scipy import stats
from torch.utils._python_dispatch import TorchDispatchMode

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import JustInTime
from neurarium.synapses._counter import bits, uniform

SPLITMIX64_OF_ZERO = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # the published generator, seed 0


def draw(*shape, name="data"):
    return torch.randn(*shape, generator=Rng(3)(name), dtype=torch.float64)


def make(n_pre=12, n_post=9, p_connect=0.3, mean=0.5, spread=0.4, seed=0):
    return JustInTime(n_pre=n_pre, n_post=n_post, p_connect=p_connect, mean=mean, spread=spread, rng=Rng(seed)).double()


class Watcher(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def test_the_hash_is_splitmix64():
    assert [int(bits(np.uint64(0), np.uint64(k))) for k in range(3)] == SPLITMIX64_OF_ZERO


def test_draws_are_uniform():
    u = np.array([uniform(np.uint64(12345), np.uint64(k)) for k in range(20_000)])
    assert stats.kstest(u, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 0.03


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_its_own_stored_form_to_the_last_bit(dtype):
    synapses, x = make().to(dtype), draw(5, 6, 12).to(dtype)
    assert torch.equal(synapses(x), synapses.to_sparse()(x))


@pytest.mark.parametrize("shape", [(12,), (6, 12), (5, 6, 12)])
def test_equals_its_dense_form_forward_and_backward(shape):
    synapses, x, delta = make(), draw(*shape).requires_grad_(), draw(*shape[:-1], 9, name="delta")
    stored = synapses.to_sparse()
    dense = stored.to_dense().detach().requires_grad_()
    out = synapses(x)
    torch.testing.assert_close(out, x @ dense.mT)
    dx, d_mean, d_spread = torch.autograd.grad(out, (x, synapses.mean, synapses.spread), delta)
    want_x, dw = torch.autograd.grad(x @ dense.mT, (x, dense), delta)
    torch.testing.assert_close(dx, want_x)
    exists = dense != 0
    torch.testing.assert_close(d_mean, dw[exists].sum())
    torch.testing.assert_close(d_spread, (dw * (dense - 0.5) / 0.4)[exists].sum())


def test_gradient_check():
    synapses, x = make(), draw(4, 12).requires_grad_()

    def run(x, mean, spread):
        return torch.func.functional_call(synapses, {"mean": mean, "spread": spread}, (x,))

    assert torch.autograd.gradcheck(run, (x, synapses.mean, synapses.spread))


def test_the_way_without_kernels_gives_the_same_numbers():
    synapses, x, delta = make(), draw(6, 12).requires_grad_(), draw(6, 9, name="delta")
    out = synapses(x)
    with Watcher():
        watched = synapses(x)
    wanted = (x, synapses.mean, synapses.spread)
    torch.testing.assert_close(watched, out)
    for a, b in zip(*(torch.autograd.grad(y, wanted, delta) for y in (out, watched)), strict=True):
        torch.testing.assert_close(a, b)


def test_connections_are_bernoulli_and_weights_uniform():
    stored = make(n_pre=400, n_post=500, p_connect=0.1, mean=-1.0, spread=0.5).to_sparse()
    pairs = stored.pre * 500 + stored.targets
    assert (pairs.diff() > 0).all(), "none twice"
    assert len(pairs) == pytest.approx(20_000, abs=4 * (20_000 * 0.9) ** 0.5)
    gaps = pairs.diff().numpy()
    assert np.mean(gaps == 1) == pytest.approx(0.1, abs=0.01)
    in_degrees, out_degrees = torch.bincount(stored.targets).double(), stored.starts.diff().double()
    assert in_degrees.var().item() == pytest.approx(36, rel=0.3)
    assert out_degrees.var().item() == pytest.approx(45, rel=0.3)
    assert stats.kstest(stored.weight.detach().numpy(), "uniform", (-1.5, 1.0)).pvalue > 0.01


def test_certain_connections_reach_every_unit_once():
    dense = make(p_connect=1.0, spread=0.0).to_sparse().to_dense()
    assert torch.equal(dense, torch.full((9, 12), 0.5, dtype=torch.float64))


def test_nothing_of_the_size_of_the_synapses_is_held():
    synapses = JustInTime(n_pre=100_000, n_post=100_000, p_connect=0.5, mean=1.0, rng=Rng(0))
    assert sum(t.numel() for t in (*synapses.parameters(), *synapses.buffers())) == 2
    x = torch.zeros(100_000)
    x[[5, 99_999]] = 1
    assert synapses(x).sum().item() == pytest.approx(100_000, rel=0.01)


def test_seeds_differ_and_repeat():
    a, b, c = (make(seed=s).to_sparse().to_dense() for s in (0, 0, 1))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_second_derivatives_are_refused():
    synapses = make()
    with pytest.raises(NeurariumError, match="JustInTime: there is no second derivative"):
        torch.autograd.grad(synapses(draw(4, 12)).sum(), synapses.mean, create_graph=True)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_pre": 0}, "be a whole number above zero"),
        ({"p_connect": 0.0}, "be a positive number"),
        ({"p_connect": 1.5}, "lie between 0 and 1"),
        ({"mean": float("nan")}, "be a finite number"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"JustInTime: `{next(iter(wrong))}` must {must}"):
        JustInTime(**{"n_pre": 4, "n_post": 3, **wrong}, rng=Rng(0))


def test_bad_width_is_refused():
    with pytest.raises(NeurariumError, match="JustInTime: `x` must end in 12 units"):
        make()(torch.ones(3, 11))
