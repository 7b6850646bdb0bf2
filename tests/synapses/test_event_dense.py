import warnings

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.cost import operations
from neurarium.synapses import Dense, EventDense, _event_kernels


def draw(*shape, name="data", dtype=torch.float64):
    return torch.randn(shape, generator=Rng(3)(name), dtype=torch.float64).to(dtype)


def spikes(*shape, density=0.2, dtype=torch.float64):
    return (torch.rand(shape, generator=Rng(4)("spikes"), dtype=torch.float64) < density).to(dtype)


def synapses(n_pre=30, n_post=5):
    return EventDense(n_pre=n_pre, n_post=n_post, rng=Rng(0)).double()


def csr(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls the layout beta
        return x.to_sparse_csr()


def uncoalesced(x):
    """Every event twice, half as strong, in no order."""
    x = x.to_sparse()
    order = torch.randperm(2 * x.values().numel(), generator=torch.Generator().manual_seed(0))
    where, values = x.indices().repeat(1, 2)[:, order], (x.values() / 2).repeat(2)[order]
    return torch.sparse_coo_tensor(where, values, x.shape, check_invariants=True)


FORMS = {"dense": lambda x: x, "coo": lambda x: x.to_sparse(), "uncoalesced": uncoalesced}


@pytest.mark.parametrize("shape", [(30,), (6, 30), (5, 6, 30), (2, 3, 4, 30)])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_is_the_dense_product_forward_and_backward(shape, form):
    ours, dense = synapses(), Dense(n_pre=30, n_post=5, rng=Rng(0)).double()
    assert torch.equal(ours.weight, dense.weight)
    x, delta = spikes(*shape), draw(*shape[:-1], 5, name="delta")
    assert 0 < x.mean() < 0.5
    out = ours(form(x))
    assert type(out.grad_fn).__name__ == "_CarryBackward"
    torch.testing.assert_close(out, dense(x), atol=1e-12, rtol=0)
    got = torch.autograd.grad(out, ours.weight, delta)[0]
    want = torch.autograd.grad(dense(x), dense.weight, delta)[0]
    torch.testing.assert_close(got, want, atol=1e-12, rtol=0)


def test_takes_a_csr_matrix_of_graded_events():
    ours, x, delta = synapses(), spikes(40, 30, density=0.4) * draw(40, 30), draw(40, 5, name="delta")
    out = ours(csr(x))
    torch.testing.assert_close(out, x @ ours.weight.mT, atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.autograd.grad(out, ours.weight, delta)[0], delta.mT @ x, atol=1e-12, rtol=0)


def test_a_dense_input_gets_its_gradient():
    ours, x, delta = synapses(), spikes(4, 6, 30).requires_grad_(), draw(4, 6, 5, name="delta")
    (g,) = torch.autograd.grad(ours(x), x, delta)
    torch.testing.assert_close(g, delta @ ours.weight, atol=1e-12, rtol=0)


def test_frozen_weights_still_pass_the_gradient_on():
    ours, x = synapses(), spikes(4, 30).requires_grad_()
    ours.weight.requires_grad_(False)
    ours(x).sum().backward()
    assert ours.weight.grad is None
    assert x.grad.abs().min() > 0


def test_silence_carries_nothing_and_teaches_nothing():
    ours = synapses()
    out = ours(torch.zeros(3, 2, 30, dtype=torch.float64).to_sparse())
    assert torch.equal(out, torch.zeros(3, 2, 5, dtype=torch.float64))
    out.sum().backward()
    assert torch.equal(ours.weight.grad, torch.zeros_like(ours.weight))


@pytest.mark.parametrize("shape", [(0, 30), (3, 0, 30)])
def test_no_trial_is_no_error(shape):
    out = synapses()(torch.zeros(shape, dtype=torch.float64))
    assert out.shape == (*shape[:-1], 5)


def test_same_bits_at_any_number_of_threads():
    ours, x = EventDense(n_pre=30, n_post=517, rng=Rng(0)), spikes(40, 30, dtype=torch.float32).to_sparse()
    before, numba_before, seen = torch.get_num_threads(), _event_kernels.numba.get_num_threads(), []
    try:
        for n in (1, 1, _event_kernels.numba.config.NUMBA_NUM_THREADS):
            torch.set_num_threads(n)
            ours.weight.grad = None
            out = ours(x)
            (out * draw(40, 517, dtype=torch.float32)).sum().backward()
            seen.append((out.detach(), ours.weight.grad))
    finally:
        torch.set_num_threads(before)
    assert _event_kernels.numba.get_num_threads() == numba_before
    for other in seen[1:]:
        assert all(torch.equal(a, b) for a, b in zip(seen[0], other, strict=True))


@pytest.mark.parametrize("form", [FORMS["dense"], FORMS["coo"]], ids=["dense", "coo"])
def test_a_counter_of_operations_sees_one_accumulation_for_each_event_and_unit(form):
    ours, x = synapses(), spikes(4, 6, 30)
    counted = operations(ours, form(x))
    assert counted.effective_acs == 5 * int(x.sum())
    assert counted.dense_macs == 24 * 30 * 5
    assert not [u for u in counted.uncounted if u.operator.startswith("Tensor.")]


def test_other_precisions_take_the_dense_product():
    ours, x = synapses().bfloat16(), spikes(4, 30, dtype=torch.bfloat16)
    assert torch.equal(ours(x), x @ ours.weight.mT)
    with pytest.raises(RuntimeError, match="dtype"):
        ours(x.double())


def test_learns_as_the_dense_layer_does():
    layers = synapses(), Dense(n_pre=30, n_post=5, rng=Rng(0)).double()
    x, y = spikes(20, 30), draw(20, 5, name="target")
    for layer, events in zip(layers, (x.to_sparse(), x), strict=True):
        adam = torch.optim.Adam(layer.parameters(), lr=1e-2)
        for _ in range(10):
            adam.zero_grad()
            (layer(events) - y).square().mean().backward()
            adam.step()
    assert (layers[1].weight - synapses().weight).abs().max() > 0.05
    torch.testing.assert_close(layers[0].weight, layers[1].weight, atol=1e-9, rtol=0)


def test_refuses_what_it_cannot_do():
    with pytest.raises(NeurariumError, match="EventDense: `x` must end in 30 units"):
        synapses()(spikes(4, 29))
    with pytest.raises(NeurariumError, match="want no gradient if it is sparse"):
        synapses()(spikes(4, 30).to_sparse().requires_grad_())
    ours = synapses()
    with pytest.raises(NeurariumError, match=r"no second derivative .* Take Dense"):
        torch.autograd.grad(ours(spikes(4, 30)).sum(), ours.weight, create_graph=True)
    for wrong in ({"n_pre": 0}, {"n_post": -1}, {"gain": 0.0}):
        with pytest.raises(NeurariumError, match=f"EventDense: `{next(iter(wrong))}` must be a positive number"):
            EventDense(**{"n_pre": 4, "n_post": 3, **wrong}, rng=Rng(0))


OUT_OF_BOUNDS = {
    "unit": ([[0], [30]], [1.0]),
    "negative unit": ([[0], [-1]], [1.0]),
    "row": ([[4], [0]], [1.0]),
    "unit of a row": ([0, 1, 1, 1, 1], [30], [1.0]),
    "end": ([0, 1, 1, 1, 9], [3], [1.0]),
    "order": ([0, 2, 1, 1, 1], [3], [1.0]),
}


@pytest.mark.parametrize("parts", OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_events_out_of_bounds_never_reach_a_kernel(parts):
    build = torch.sparse_coo_tensor if len(parts) == 2 else torch.sparse_csr_tensor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls the layout beta
        wrong = build(*parts, (4, 30), check_invariants=False)
    with pytest.raises(NeurariumError, match=r"must have all its events within \(4, 30\)"):
        synapses().float()(wrong)
