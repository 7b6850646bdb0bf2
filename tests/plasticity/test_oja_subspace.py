import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import OjaSubspace, OjaSubspaceState, SpikeCount

SPECTRUM = torch.tensor([4.0, 3.0, 2.5, 1.0, 0.8, 0.6, 0.1, 0.1], dtype=torch.float64)


@pytest.fixture(scope="module")
def data():
    """Samples whose second moment is exactly Q diag(SPECTRUM) Q'."""
    raw = torch.randn(400, 8, generator=Rng(0)("data"), dtype=torch.float64)
    white = torch.linalg.qr(raw)[0] * 400**0.5
    q = torch.linalg.qr(torch.randn(8, 8, generator=Rng(0)("axes"), dtype=torch.float64))[0]
    return white @ (SPECTRUM.sqrt().unsqueeze(1) * q.mT), q


def learn(rule, x, w, state, n_steps=800, sign=1.0):
    for _ in range(n_steps):
        new, state = rule.step(x, rule.respond(x, w), w, state)
        w = w + sign * (new - w)
    return w, state


def largest_angle_rad(w, basis):
    """Between the row space of `w` and the columns of `basis`."""
    q = torch.linalg.qr(w.mT)[0]
    return torch.linalg.svdvals(q.mT @ basis).clamp(-1, 1).min().acos().item()


def start(rule, x, n_new, w=None, seed=1):
    return rule.grow(x.new_zeros(0, x.shape[1]) if w is None else w, n_new=n_new, rng=Rng(seed))


def test_finds_the_principal_subspace_with_orthonormal_rows(data):
    x, q = data
    rule = OjaSubspace(lr=0.05)
    w, state = start(rule, x, 3)
    assert largest_angle_rad(w, q[:, :3]) > 0.5
    w, _ = learn(rule, x, w, state)
    assert largest_angle_rad(w, q[:, :3]) < 1e-6
    torch.testing.assert_close(w @ w.mT, torch.eye(3, dtype=torch.float64), atol=1e-9, rtol=0)


def test_update_of_opposite_sign_leads_away(data):
    x, q = data
    rule = OjaSubspace(lr=0.005)
    w, state = start(rule, x, 3)
    captured, longer = {0.0: rule.respond(x, w).var()}, {}
    for sign in (1.0, -1.0):
        found, _ = learn(rule, x, w, state, n_steps=300, sign=sign)
        captured[sign] = rule.respond(x, found).var()
        longer[sign] = learn(rule, x, 1.05 * q[:, :3].mT, state, n_steps=20, sign=sign)[0].norm() / 3**0.5
    assert captured[-1.0] < captured[0.0] < captured[1.0]
    assert longer[-1.0] > 1.05 > longer[1.0] > 1


def test_any_orthonormal_basis_of_the_subspace_is_a_fixed_point(data):
    x, q = data
    rule = OjaSubspace(lr=0.05, momentum=0.0)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=Rng(2)("turn"), dtype=torch.float64))[0]
    w = (q[:, :3] @ turn).mT
    after, _ = rule.step(x, rule.respond(x, w), w, rule.init_state(w))
    torch.testing.assert_close(after, w, atol=1e-12, rtol=0)


def test_new_block_finds_what_the_frozen_one_left_over(data):
    x, q = data
    rule = OjaSubspace(lr=0.05)
    w, state = learn(rule, x, *start(rule, x, 3))
    grown, state = start(rule, x, 3, w, seed=5)
    assert grown.shape == (6, 8)
    assert state.n_frozen == 3
    done, state = learn(rule, x, grown, state, n_steps=2500)
    assert torch.equal(done[:3], w)
    assert (state.trace[:3] == 0).all()
    assert largest_angle_rad(done[3:], q[:, 3:6]) < 1e-5
    torch.testing.assert_close(done @ done.mT, torch.eye(6, dtype=torch.float64), atol=1e-5, rtol=0)


def test_second_task_adds_its_own_directions_only():
    x_1, x_2 = torch.zeros(2, 200, 6, dtype=torch.float64)
    x_1[:, :2] = torch.randn(200, 2, generator=Rng(0)("one"), dtype=torch.float64)
    x_2[:, 1:4] = torch.randn(200, 3, generator=Rng(0)("two"), dtype=torch.float64)
    rule = OjaSubspace(lr=0.1)
    w, _ = learn(rule, x_1, *start(rule, x_1, 2))
    assert rule.project(x_1, w).abs().max() < 1e-8
    w, _ = learn(rule, x_2, *start(rule, x_2, 2, w), n_steps=3000)
    assert rule.project(x_1, w).abs().max() < 1e-8
    assert rule.project(x_2, w).abs().max() < 1e-6


def test_one_step_by_hand():
    """x = (2, 0), w = (1, 1): y = 2, x - w'y = (0, -2), y (x - w'y)' = (0, -4), clipped to (0, -3)."""
    x, w = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 1.0]])
    rule = OjaSubspace(lr=0.5, momentum=0.75, clip=3.0)
    state = OjaSubspaceState(torch.tensor([[1.0, 0.0]]), 0)
    after, state = rule.step(x, rule.respond(x, w), w, state)
    assert state.trace.tolist() == [[0.75, -0.75]]  # 0.75 (1, 0) + 0.25 (0, -3)
    assert after.tolist() == [[1.375, 0.625]]


def test_modulator_scales_each_samples_share(data):
    x, _ = data
    rule = OjaSubspace(momentum=0.0)
    w, state = start(rule, x, 3)
    y = rule.respond(x, w)
    gate = (torch.arange(400) < 100).double()
    gated, _ = rule.step(x, y, w, state, gate)
    first, _ = rule.step(x[:100], y[:100], w, state)
    torch.testing.assert_close(gated - w, (first - w) / 4)


def test_spiking_units_find_the_subspace_up_to_their_grid(data):
    x, q = data
    rule = OjaSubspace(lr=0.05, quantise=SpikeCount())
    w, state = start(rule, x, 3)
    y = rule.respond(x, w)
    assert torch.equal(y, SpikeCount()(x @ w.mT))
    w, _ = learn(rule, x, w, state)
    assert largest_angle_rad(w, q[:, :3]) < 0.01


def test_gradients_flow_through_a_step(data):
    x, _ = data
    rule = OjaSubspace()
    w, state = start(rule, x, 2)

    def norm_after(w):
        return rule.step(x[:9], rule.respond(x[:9], w), w, state)[0].pow(2).sum()

    assert torch.autograd.gradcheck(norm_after, w.requires_grad_())


def test_growth_is_reproducible_orthonormal_and_leaves_the_global_state_alone():
    before = torch.random.get_rng_state()
    empty = torch.zeros(0, 7)
    (a, _), (b, _), (other, _) = (OjaSubspace().grow(empty, n_new=4, rng=Rng(s)) for s in (0, 0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(a, b)
    assert not torch.equal(a, other)
    assert a.dtype == torch.float32
    torch.testing.assert_close(a @ a.mT, torch.eye(4), atol=1e-6, rtol=0)


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"clip": -1.0}, {"momentum": 1.5}])
def test_numbers_out_of_range(wrong):
    with pytest.raises(NeurariumError, match=f"OjaSubspace: `{next(iter(wrong))}` must"):
        OjaSubspace(**wrong)


@pytest.mark.parametrize("n_new", [0, 6])
def test_rows_cannot_outnumber_inputs(n_new):
    with pytest.raises(NeurariumError, match="OjaSubspace: `n_new` must lie between 1 and 5"):
        OjaSubspace().grow(torch.zeros(2, 7), n_new=n_new, rng=Rng(0))
