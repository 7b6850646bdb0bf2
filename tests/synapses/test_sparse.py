import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import Sparse
from neurarium.synapses import sparse as module


def draw(*shape, name="data"):
    return torch.randn(*shape, generator=Rng(3)(name), dtype=torch.float64)


def make(n_pre=12, n_post=9, p_connect=0.3, seed=0, **kwargs):
    return Sparse(n_pre=n_pre, n_post=n_post, p_connect=p_connect, rng=Rng(seed), **kwargs).double()


def spikes(*shape, share=0.3):
    return (torch.rand(*shape, generator=Rng(4)("spikes"), dtype=torch.float64) < share).double()


class Watcher(TorchDispatchMode):
    """Sees every operator, as a cost counter does."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("shape", [(12,), (6, 12), (5, 6, 12)])
@pytest.mark.parametrize("values", [spikes, draw], ids=["spikes", "graded"])
def test_equals_the_dense_product_forward_and_backward(shape, values):
    synapses, x, delta = make(), values(*shape).requires_grad_(), draw(*shape[:-1], 9, name="delta")
    out = synapses(x)
    dense = synapses.to_dense()
    torch.testing.assert_close(out, x @ dense.mT)
    got = torch.autograd.grad(out, (x, synapses.weight), delta)
    want = torch.autograd.grad(x @ dense.mT, (x, synapses.weight), delta)
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(a, b)
    assert got[1].shape == synapses.weight.shape == synapses.targets.shape


def test_gradient_check():
    synapses, x = make(), draw(4, 12).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, w: torch.func.functional_call(synapses, {"weight": w}, (x,)), (x, synapses.weight)
    )


def test_the_way_without_kernels_gives_the_same_numbers():
    synapses, x, delta = make(), draw(6, 12).requires_grad_(), draw(6, 9, name="delta")
    out = synapses(x)
    with Watcher():
        watched = synapses(x)
    torch.testing.assert_close(watched, out)
    for a, b in zip(*(torch.autograd.grad(y, (x, synapses.weight), delta) for y in (out, watched)), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta state")
def test_sparse_tensors_are_events():
    synapses, x = make(), spikes(5, 6, 12)
    torch.testing.assert_close(synapses(x.to_sparse()), synapses(x))
    torch.testing.assert_close(synapses(x[0].to_sparse_csr()), synapses(x[0]))
    with Watcher():
        torch.testing.assert_close(synapses(x.to_sparse()), synapses(x))


def test_only_rows_of_active_units_are_touched():
    synapses, x = make(), torch.zeros(12, dtype=torch.float64)
    x[[2, 7]] = 1
    with torch.no_grad():
        silent = torch.repeat_interleave(x == 0, synapses.starts.diff())
        synapses.weight[silent] = float("nan")
    out = synapses(x)
    assert torch.isfinite(out).all()
    out.sum().backward()
    assert torch.equal(synapses.weight.grad, (~silent).double())


def test_connections_are_bernoulli_and_weights_fill_their_interval():
    before = torch.random.get_rng_state()
    synapses = Sparse(n_pre=400, n_post=500, p_connect=0.1, gain=2.0, rng=Rng(0))
    assert torch.equal(before, torch.random.get_rng_state())
    pairs = synapses.pre * 500 + synapses.targets
    assert (pairs.diff() > 0).all(), "sorted, and none twice"
    assert len(pairs) == pytest.approx(20_000, abs=4 * (20_000 * 0.9) ** 0.5)
    in_degrees = torch.bincount(synapses.targets, minlength=500).double()
    assert in_degrees.var().item() == pytest.approx(36, rel=0.3)  # n p (1 - p)
    bound = 2.0 / (0.1 * 400) ** 0.5
    assert 0.99 * bound < synapses.weight.abs().max() <= bound
    assert synapses.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.03)
    twin, other = (Sparse(n_pre=400, n_post=500, p_connect=0.1, gain=2.0, rng=Rng(s)) for s in (0, 1))
    assert torch.equal(twin.weight, synapses.weight)
    assert torch.equal(twin.targets, synapses.targets)
    assert not torch.equal(other.targets[:100], synapses.targets[:100])


def test_with_certainty_everything_is_connected():
    assert (make(p_connect=1.0).to_dense() != 0).all()


def test_pairs_that_occur_twice_add_up_and_order_does_not_matter():
    synapses = Sparse.from_edges([2, 0, 2], [1, 0, 1], torch.tensor([1.0, 3.0, 4.0]), n_pre=3, n_post=2)
    assert synapses.to_dense().tolist() == [[3.0, 0.0, 0.0], [0.0, 0.0, 5.0]]
    assert synapses(torch.tensor([1.0, 1.0, 2.0])).tolist() == [3.0, 10.0]
    assert synapses.pre.tolist() == [0, 2, 2]


def test_without_synapses_nothing_arrives():
    synapses = Sparse.from_edges([], [], [], n_pre=3, n_post=2)
    out = synapses(torch.ones(4, 3))
    assert out.tolist() == [[0.0, 0.0]] * 4
    out.sum().backward()
    assert synapses.weight.grad.shape == (0,)


def test_state_dict_round_trip():
    synapses, twin = make(), make(seed=0)
    with torch.no_grad():
        twin.weight.zero_()
    twin.load_state_dict(synapses.state_dict())
    x = spikes(5, 12)
    assert torch.equal(synapses(x), twin(x))


def test_geometric_gaps_hit_each_pair_with_the_same_chance():
    draws = np.random.default_rng(0)
    hits = np.zeros(30)
    for _ in range(4000):
        pre, post = module._bernoulli(5, 6, 0.2, draws)
        hits[(pre * 6 + post).numpy()] += 1
    assert np.abs(hits / 4000 - 0.2).max() < 4 * (0.16 / 4000) ** 0.5


def test_second_derivatives_are_refused():
    synapses, x = make(), draw(4, 12).requires_grad_()
    with pytest.raises(NeurariumError, match="Sparse: there is no second derivative"):
        torch.autograd.grad(synapses(x).sum(), synapses.weight, create_graph=True)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_pre": 0}, "be a whole number above zero"),
        ({"n_post": 2.0}, "be a whole number above zero"),
        ({"p_connect": 0.0}, "be a positive number"),
        ({"p_connect": 1.5}, "lie between 0 and 1"),
        ({"gain": -1.0}, "be a positive number"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"Sparse: `{next(iter(wrong))}` must {must}"):
        Sparse(**{"n_pre": 4, "n_post": 3, **wrong}, rng=Rng(0))


def test_bad_edges_and_bad_input_are_refused():
    with pytest.raises(NeurariumError, match="Sparse: `post` must lie between 0 and 2"):
        Sparse.from_edges([0, 1], [1, 3], [1.0, 1.0], n_pre=2, n_post=3)
    with pytest.raises(NeurariumError, match="Sparse: `weight` must be as many as the synapses"):
        Sparse.from_edges([0, 1], [1, 2], [1.0], n_pre=2, n_post=3)
    with pytest.raises(NeurariumError, match="Sparse: `x` must end in 12 units"):
        make()(torch.ones(3, 11))
    with pytest.raises(NeurariumError, match="Sparse: `x` must want no gradient if it is sparse"):
        make()(spikes(6, 12).to_sparse().requires_grad_())
