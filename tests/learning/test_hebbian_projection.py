import pytest
import torch

from neurarium.alignment import captured_energy
from neurarium.core import NeurariumError, Rng
from neurarium.learning import HebbianProjection, SVDProjection
from neurarium.plasticity import OjaSubspace, SpikeCount
from neurarium.synapses import Dense

N_PRE, N_ROWS = 10, 3


def draw(*shape, name):
    return torch.randn(*shape, generator=Rng(0)(name), dtype=torch.float64)


def low_rank(name, n=200):
    """Activity of ten units that holds three directions."""
    return draw(n, N_ROWS, name=name) @ torch.linalg.qr(draw(N_PRE, N_ROWS, name=f"axes {name}")).Q.mT


def make(quantise=None, **kwargs):
    return HebbianProjection(n_pre=N_PRE, rule=OjaSubspace(lr=0.1, quantise=quantise), **kwargs).double()


def learned(guard, *tasks, n_batches=8):
    for k, pre in enumerate(tasks):
        guard.begin(n_new=N_ROWS, rng=Rng(k))
        for _ in range(n_batches):
            guard.observe(pre)
        guard.end()
    return guard


def step_effect(project, old, new):
    """How much one gradient step on new data changes the answer to old data, relative to all it changes."""
    synapses = Dense(n_pre=N_PRE, n_post=4, rng=Rng(0)).double()
    synapses.project = project
    (synapses(new) - draw(len(new), 4, name="target")).square().sum().backward()
    return ((old @ synapses.weight.grad.mT).norm() / old.norm() / synapses.weight.grad.norm()).item()


def test_learning_something_new_leaves_old_answers_alone():
    old, new = low_rank("old"), draw(200, N_PRE, name="new")
    guard = learned(make(n_inner=50), old)
    guard.begin(n_new=N_ROWS, rng=Rng(1))
    assert step_effect(None, old, new) > 0.1
    assert step_effect(guard, old, new) < 1e-6
    random = learned(make(n_inner=0), old)
    random.begin(n_new=N_ROWS, rng=Rng(1))
    assert step_effect(random, old, new) > 0.1


def test_two_old_tasks_are_kept_together():
    first, second, new = low_rank("first"), low_rank("second"), draw(200, N_PRE, name="new")
    guard = learned(make(n_inner=100), first, second)
    guard.begin(n_new=N_ROWS, rng=Rng(2))
    for old in (first, second):
        assert step_effect(guard, old, new) < 1e-3 < 0.1 < step_effect(None, old, new)


def test_the_first_task_is_not_projected():
    pre = low_rank("old")
    guard = learned(make(), pre)
    assert len(guard.rows) == N_ROWS
    assert guard.n_protected == 0
    assert torch.equal(guard(pre), pre)


def test_rows_of_old_tasks_stay_and_new_ones_learn():
    guard = learned(make(), low_rank("first"))
    old = guard.rows.clone()
    guard.begin(n_new=N_ROWS, rng=Rng(1))
    random = guard.rows.clone()
    guard.observe(low_rank("second"))
    assert torch.equal(guard.rows[:N_ROWS], old)
    assert torch.equal(guard.protected, old)
    assert (guard.rows[N_ROWS:] - random[N_ROWS:]).abs().max() > 1e-3


@pytest.mark.parametrize(("n_inner", "is_changed"), [(0, False), (1, True)])
def test_without_updates_rows_stay_random_and_orthonormal(n_inner, is_changed):
    guard = make(n_inner=n_inner)
    guard.begin(n_new=N_ROWS, rng=Rng(5))
    random = guard.rows.clone()
    guard.observe(low_rank("old"))
    assert torch.equal(guard.rows, random) is not is_changed
    torch.testing.assert_close(random @ random.mT, torch.eye(N_ROWS, dtype=torch.float64))
    again, other = make(), make()
    again.begin(n_new=N_ROWS, rng=Rng(5))
    other.begin(n_new=N_ROWS, rng=Rng(6))
    assert torch.equal(again.rows, random)
    assert not torch.equal(other.rows, random)


def test_one_batch_is_n_inner_steps_of_the_rule():
    pre, guard, rule = low_rank("old"), make(n_inner=3), OjaSubspace(lr=0.1)
    guard.begin(n_new=N_ROWS, rng=Rng(0))
    w, state = rule.grow(pre.new_zeros(0, N_PRE), n_new=N_ROWS, rng=Rng(0))
    for batch in (pre[:50], pre[50:]):
        guard.observe(batch.reshape(2, -1, N_PRE))
        for _ in range(3):
            w, state = rule.step(batch, batch @ w.mT, w, state)
    torch.testing.assert_close(guard.rows, w, atol=1e-12, rtol=0)


def test_a_constant_input_counts_once_and_a_changing_one_in_full():
    pre = low_rank("old")
    changing = torch.stack([pre, low_rank("other")])
    rows = {
        name: learned(make(), each).rows
        for name, each in {
            "once": pre,
            "expanded": pre.expand(6, -1, -1),
            "repeated": pre.repeat(6, 1, 1),
            "changing": changing,
        }.items()
    }
    assert torch.equal(rows["expanded"], rows["once"])
    torch.testing.assert_close(rows["repeated"], rows["once"], atol=1e-12, rtol=0)
    assert (rows["changing"] - rows["once"]).abs().max() > 1e-2


def test_a_single_sample_is_a_batch_of_one():
    x = torch.ones(N_PRE, dtype=torch.float64)
    for single in (x, torch.ones((), dtype=torch.float64).expand(N_PRE)):
        torch.testing.assert_close(learned(make(), single).rows, learned(make(), x.unsqueeze(0)).rows)


def test_spiking_answers_differ_from_graded_ones_by_the_grid_only():
    count = SpikeCount(scale=8.0, n_steps=32)  # a grid 0.25 wide
    guard, graded = make(quantise=count), make()
    new = low_rank("new")
    for each in (guard, graded):
        learned(each, low_rank("old"))
        each.begin(n_new=N_ROWS, rng=Rng(1))
    graded.rows = guard.rows.clone()
    answer = guard.answer(new)
    assert torch.equal(answer * 4, (answer * 4).round())
    off = answer - graded.answer(new)
    assert 0.05 < off.abs().max() <= 0.125
    torch.testing.assert_close(guard(new), new - answer @ guard.protected)
    torch.testing.assert_close(guard(new) - graded(new), -off @ guard.protected)


def test_finds_the_subspace_that_the_exact_method_computes():
    scales = torch.linspace(2.0, 0.1, N_PRE, dtype=torch.float64)
    pre = draw(400, N_PRE, name="graded") * scales @ torch.linalg.qr(draw(N_PRE, N_PRE, name="axes")).Q
    exact = SVDProjection(n_pre=N_PRE).double()
    exact.begin(n_new=N_ROWS, rng=Rng(0))
    exact.observe(pre)
    exact.end()
    guard = learned(make(n_inner=50), pre, n_batches=20)
    assert captured_energy(pre, exact.rows) == pytest.approx(1.0)
    assert captured_energy(pre, guard.rows) > 0.999
    assert captured_energy(pre, learned(make(n_inner=0), pre).rows) < 0.8
    cosines = torch.linalg.svdvals(torch.linalg.qr(guard.rows.mT).Q.mT @ exact.rows.mT)
    assert cosines.min() > 0.99


def test_rows_leave_no_graph_and_the_global_state_alone():
    before = torch.random.get_rng_state()
    guard = learned(make(), low_rank("old").requires_grad_())
    assert not guard.rows.requires_grad
    assert torch.equal(before, torch.random.get_rng_state())


def test_updates_cannot_be_fewer_than_none():
    with pytest.raises(NeurariumError, match="HebbianProjection: `n_inner` must be 0 or more, got -1"):
        make(n_inner=-1)


def test_needs_inputs():
    with pytest.raises(NeurariumError, match="HebbianProjection: `n_pre` must be a positive number"):
        HebbianProjection(n_pre=0)


@pytest.mark.parametrize("n_new", [0, 8])
def test_rows_cannot_outnumber_inputs(n_new):
    with pytest.raises(NeurariumError, match="`n_new` must lie between 1 and 7"):
        learned(make(), low_rank("old")).begin(n_new=n_new, rng=Rng(1))
