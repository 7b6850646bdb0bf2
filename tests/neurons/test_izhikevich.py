import pytest
import torch

from neurarium.core import NeurariumError, Triangle
from neurarium.neurons import IZHIKEVICH_PRESETS, Izhikevich, IzhikevichState


def published_program(a, b, c, d, currents):
    """Spike times (index of the input that led to them) and last state, in the order of the program of 2003."""
    v, u, times = -65.0, b * -65.0, []
    for t, current in enumerate([*currents, None]):
        if v >= 30:
            times.append(t - 1)
            v, u = c, u + d
        if current is None:
            return times, v, u
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        v = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current)
        u = u + a * (b * v - u)


def intervals(name, n_steps=1000, current=10.0):
    x = torch.full((n_steps, 1), current, dtype=torch.float64)
    times = Izhikevich(**IZHIKEVICH_PRESETS[name])(x)[0].flatten().nonzero().flatten()
    return times.diff().tolist()


@pytest.mark.parametrize("name", IZHIKEVICH_PRESETS)
def test_trace_is_that_of_the_published_program(name):
    preset = IZHIKEVICH_PRESETS[name]
    x = 15 * torch.rand(300, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z, state = Izhikevich(**preset)(x)
    times, v, u = published_program(*preset.values(), x.flatten().tolist())
    assert len(times) > 5
    assert z.flatten().nonzero().flatten().tolist() == times
    assert (state.v.item(), state.u.item()) == pytest.approx((v, u), rel=1e-6)


def test_presets_are_the_published_table():
    table = {
        "regular_spiking": (0.02, 0.2, -65, 8),
        "intrinsically_bursting": (0.02, 0.2, -55, 4),
        "chattering": (0.02, 0.2, -50, 2),
        "fast_spiking": (0.1, 0.2, -65, 2),
        "low_threshold_spiking": (0.02, 0.25, -65, 2),
        "thalamo_cortical": (0.02, 0.25, -65, 0.05),
        "resonator": (0.1, 0.26, -65, 2),
    }
    assert {name: tuple(preset.values()) for name, preset in IZHIKEVICH_PRESETS.items()} == table


def test_regular_spiking_adapts_to_a_steady_slow_rate():
    gaps = intervals("regular_spiking")
    assert gaps[0] < 0.6 * min(gaps[2:])
    assert max(gaps[2:]) < 1.4 * min(gaps[2:])
    assert 15 <= len(gaps) <= 25


def test_intrinsically_bursting_starts_with_a_burst_and_goes_on_with_single_spikes():
    gaps = intervals("intrinsically_bursting")
    assert gaps[0] <= 5
    assert min(gaps[1:]) >= 30


def test_chattering_repeats_bursts():
    gaps = intervals("chattering")
    within, between = [g for g in gaps if g <= 6], [g for g in gaps if g >= 40]
    assert len(within) + len(between) == len(gaps)
    assert len(between) >= 15
    assert len(within) >= len(between)


def test_fast_spiking_is_fast_and_does_not_slow_down():
    gaps = intervals("fast_spiking")
    assert len(gaps) > 2.5 * len(intervals("regular_spiking"))
    early, late = gaps[4 : len(gaps) // 2], gaps[len(gaps) // 2 :]
    assert sum(early) / len(early) == pytest.approx(sum(late) / len(late), rel=0.1)


def test_without_input_it_rests_where_both_derivatives_are_zero():
    z, state = Izhikevich()(torch.zeros(1500, 1, dtype=torch.float64))
    assert z.sum() == 0
    # 0.04 v² + (5 - b) v + 140 = 0 has the roots -70 and -50 for b = 0.2.
    assert (state.v.item(), state.u.item()) == pytest.approx((-70.0, -14.0), abs=1e-6)


def test_gradient_of_one_step_is_the_formula_and_the_reset_passes_none():
    x = torch.tensor([-40.0, 60.0], dtype=torch.float64, requires_grad=True)
    start = IzhikevichState(torch.full((2,), 10.0).double(), torch.full((2,), 200.0).double())
    z, state = Izhikevich(surrogate=Triangle()).step(x, start)
    half = 10 + 0.5 * (4 + 50 + 140 - 200 + x.detach())
    v = half + 0.5 * (0.04 * half**2 + 5 * half + 140 - 200 + x.detach())
    slope = 0.5 * (1 + 0.5 * (0.08 * half + 5)) + 0.5
    assert z.tolist() == [0.0, 1.0]
    bump = (1 - (v - 30).abs() / 30).clamp_min(0)
    torch.testing.assert_close(torch.autograd.grad(z.sum(), x, retain_graph=True)[0], bump * slope / 30)
    torch.testing.assert_close(torch.autograd.grad(state.v.sum(), x)[0], slope * torch.tensor([1.0, 0.0]).double())


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"a": 0.0}, "be a positive number"),
        ({"dt_ms": -1.0}, "be a positive number"),
        ({"b": float("nan")}, "be a finite number"),
        ({"d": float("inf")}, "be a finite number"),
        ({"c_mv": 30.0}, "lie below the peak of a spike, 30 mV"),
    ],
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"Izhikevich: `{next(iter(wrong))}` must {must}"):
        Izhikevich(**wrong)
