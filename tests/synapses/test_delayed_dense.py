import pytest
import torch
import torch.nn.functional as F

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.synapses import DelayedDense, Dense


def draw(*shape, name="data"):
    return torch.randn(*shape, generator=Rng(3)(name), dtype=torch.float64)


def make(n_pre=4, n_post=3, max_delay_steps=6, seed=0, **options):
    return DelayedDense(n_pre=n_pre, n_post=n_post, max_delay_steps=max_delay_steps, rng=Rng(seed), **options).double()


def planted(delays, weights=None, max_delay_steps=6):
    """Synapses with these delays and weights, ready to be used."""
    delays = torch.tensor(delays, dtype=torch.float64)
    synapses = make(*delays.mT.shape, max_delay_steps=max_delay_steps)
    weights = torch.ones_like(delays) if weights is None else weights
    synapses.load_state_dict({"weight": weights, "delay_steps": delays})
    return synapses.eval()


@pytest.mark.parametrize("delay", range(7))
def test_an_impulse_comes_out_delay_steps_later(delay):
    synapses, x = planted([[float(delay)]], torch.full((1, 1), 0.7, dtype=torch.float64)), torch.zeros(12, 1)
    x[3] = 1.0
    expected = torch.zeros(12, 1, dtype=torch.float64)
    expected[3 + delay] = 0.7
    x = x.double()
    assert torch.equal(synapses(x)[0], expected)
    assert torch.equal(unroll(synapses.step, x, synapses.init_state(x[0]))[0], expected)


def test_every_synapse_has_its_own_weight_and_delay():
    synapses, x = make().eval(), draw(15, 5, 4)
    out, taps = synapses(x)[0], synapses.rounded()
    assert len(taps.unique()) > 3
    for i in range(3):
        shifted = [F.pad(x[..., j], (0, 0, int(taps[i, j]), 0))[:15] for j in range(4)]
        expected = sum(w * s for w, s in zip(synapses.weight[i], shifted, strict=True))
        torch.testing.assert_close(out[..., i], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("is_training", [True, False])
def test_the_delay_line_equals_the_convolution_forward_and_gradient(is_training):
    synapses, x = make().train(is_training), draw(15, 5, 4).requires_grad_()
    state = synapses.init_state(x[0])
    fused, stepped = synapses(x, state), unroll(synapses.step, x, state)
    torch.testing.assert_close(fused, stepped, rtol=0, atol=1e-12)
    wanted = [x, synapses.weight, *([synapses.delay_steps] if is_training else [])]
    grads = (torch.autograd.grad((out.cumsum(0) ** 2).sum(), wanted) for out, _ in (fused, stepped))
    for a, b in zip(*grads, strict=True):
        assert a.abs().max() > 1e-3
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("cut", [1, 4, 6, 11])
def test_what_is_under_way_arrives_in_the_next_piece(cut):
    synapses, x = make().eval(), draw(12, 4)
    whole, end = synapses(x)
    first, middle = synapses(x[:cut])
    second, late = synapses(x[cut:], middle)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=0, atol=1e-12)
    assert torch.equal(late.past, end.past)
    assert torch.equal(end.past, x[-6:])
    assert end.past.untyped_storage().nbytes() == end.past.nbytes


def test_the_kernel_is_a_normalised_bump_around_the_delay():
    synapses = make(sigma_steps=1.3)
    n = torch.arange(7, dtype=torch.float64)
    bump = torch.exp(-((n - synapses.delay_steps.unsqueeze(-1)) ** 2) / (2 * 1.3**2))
    expected = synapses.weight.unsqueeze(-1) * bump / bump.sum(-1, keepdim=True)
    torch.testing.assert_close(synapses.kernel(), expected)
    torch.testing.assert_close(synapses.kernel().sum(-1), synapses.weight)


def test_the_annealed_kernel_converges_to_an_integer_shift():
    synapses = make()
    with torch.no_grad():  # away from half steps, where the two neighbours stay equal for ever
        synapses.delay_steps.copy_(torch.tensor([[0.0, 0.4, 1.3, 1.7], [2.2, 3.4, 4.0, 4.6], [5.1, 5.6, 5.9, 6.0]]))
    single, far = synapses.eval().kernel(), []
    synapses.train()
    for sigma in (3.0, 1.0, 0.5, 0.2, 0.05, 0.001):
        synapses.sigma_steps = sigma
        far.append((synapses.kernel() - single).abs().max().item())
    assert far == sorted(far, reverse=True)
    assert far[0] > 0.3
    assert far[-1] == 0.0
    x = draw(9, 2, 4)
    torch.testing.assert_close(synapses(x)[0], synapses.eval()(x)[0], rtol=0, atol=1e-12)


def test_planted_delays_are_recovered():
    target, x = planted([[2.0, 9.0]], max_delay_steps=12), (draw(300, 1, 2) > 1.2).double()
    wanted = target(x)[0].detach()
    learner = make(n_pre=2, n_post=1, max_delay_steps=12)
    torch.nn.init.constant_(learner.delay_steps, 6.0)
    optimiser = torch.optim.Adam(
        [{"params": [learner.weight], "lr": 0.01}, {"params": [learner.delay_steps], "lr": 0.1}]
    )
    for k in range(300):
        learner.sigma_steps = 6.0 * (0.2 / 6.0) ** (k / 300)
        optimiser.zero_grad()
        (learner(x)[0] - wanted).square().mean().backward()
        optimiser.step()
        learner.clamp_delays()
    assert learner.rounded().tolist() == [[2, 9]]
    assert (learner.eval()(x)[0] - wanted).abs().max() < 0.05


def test_without_delay_it_is_dense():
    ours, theirs = make(max_delay_steps=0, gain=2.0), Dense(n_pre=4, n_post=3, gain=2.0, rng=Rng(0)).double()
    x = draw(8, 5, 4)
    torch.testing.assert_close(ours(x)[0], theirs(x))
    assert ours(x)[1].past.shape == (0, 5, 4)


def test_fixed_delays_are_those_it_started_with_and_exact_in_training():
    fixed, learned = make(is_fixed=True), make()
    assert torch.equal(fixed.delay_steps, learned.delay_steps)
    assert torch.equal(fixed.train().kernel(), learned.eval().kernel())
    assert [n for n, p in fixed.named_parameters() if p.requires_grad] == ["weight"]
    out = fixed(draw(9, 4))[0]
    out.square().sum().backward()
    assert fixed.delay_steps.grad is None


def test_weights_and_delays_fill_their_range_from_streams_of_their_own():
    before = torch.random.get_rng_state()
    synapses = make(n_pre=100, n_post=80, max_delay_steps=20)
    assert torch.equal(before, torch.random.get_rng_state())
    assert synapses.weight.std().item() == pytest.approx(0.1 / 3**0.5, rel=0.02)
    delays = synapses.delay_steps
    assert 0 <= delays.min() < 0.01
    assert 19.99 < delays.max() <= 20
    assert delays.mean().item() == pytest.approx(10, rel=0.02)
    assert synapses.sigma_steps == 10.0
    pairs = torch.stack([synapses.weight.flatten(), delays.flatten()])
    assert pairs.corrcoef()[0, 1].abs() < 0.03


def test_clamping_brings_delays_back():
    synapses = make()
    with torch.no_grad():
        synapses.delay_steps.copy_(torch.linspace(-5, 11, 12).reshape(3, 4))
    synapses.clamp_delays()
    assert synapses.delay_steps.min() == 0
    assert synapses.delay_steps.max() == 6


@pytest.mark.parametrize(
    "wrong", [{"n_pre": 0}, {"n_post": 1.5}, {"max_delay_steps": -1}, {"sigma_steps": 0.0}, {"gain": -1.0}]
)
def test_a_bad_number_is_refused(wrong):
    with pytest.raises(NeurariumError, match=f"DelayedDense: `{next(iter(wrong))}` must be"):
        make(**wrong)


def test_a_width_that_became_bad_is_refused():
    synapses = make()
    synapses.sigma_steps = 0.0
    with pytest.raises(NeurariumError, match="`sigma_steps` must be a positive number"):
        synapses(draw(3, 4))


def test_input_of_another_width_is_refused():
    with pytest.raises(NeurariumError, match="DelayedDense: `x` must end in 4 units"):
        make()(draw(3, 2, 8))
