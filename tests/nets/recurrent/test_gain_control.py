import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import GainControl, ring_weights


@pytest.fixture
def drive():
    """Bell-shaped tuning on a pedestal, a row for each stimulus; the adapter, stimulus 20, comes 40 % of the time."""
    at, stimuli = torch.arange(12) * 15.0, torch.arange(36) * 5.0
    apart = (stimuli.unsqueeze(1) - at + 90) % 180 - 90
    p = torch.full((36,), 0.6 / 36)
    p[20] += 0.4
    return (0.2 + torch.exp(-(apart**2) / 400)).double(), p.double()


def network(**changes):
    return GainControl(w=ring_weights(12), **dict(activity_cost=0.8, pull=0.3) | changes)


def test_closed_form_equals_gains_iterated_with_the_online_rule(drive):
    f, p = drive
    net, g = network(lr=0.1), torch.ones(12, dtype=torch.float64)
    for _ in range(4000):
        state = net.init_state(f)._replace(r=net.steady_state(f, g), g=g.expand_as(f))
        g = p @ net.step(f, state)[1].g  # the mean move over stimuli, with rates at their steady state
    assert (g - net.optimal_gains(f, p)).abs().max() < 1e-6


def test_closed_form_is_where_the_gradient_of_the_loss_vanishes(drive):
    f, p = drive
    net = network()
    g = net.optimal_gains(f, p).requires_grad_()
    net.loss(f, g, p).backward()
    assert g.grad.abs().max() < 1e-10
    away = g.detach() + 0.01
    assert net.loss(f, away, p) > net.loss(f, g, p)


def test_the_online_rule_is_half_the_gradient_of_the_loss(drive):
    f, _ = drive
    net = network(lr=1.0)
    g = torch.linspace(0.5, 1.5, 12, dtype=torch.float64).requires_grad_()
    net.loss(f[:1], g).backward()
    state = net.init_state(f[0])._replace(r=net.steady_state(f[:1], g.detach())[0], g=g.detach())
    torch.testing.assert_close(state.g - net.step(f[0], state)[1].g, g.grad / 2)


def test_without_recurrence_every_gain_is_its_own(drive):
    f, p = drive
    net = GainControl(w=torch.zeros(12, 12, dtype=torch.float64), activity_cost=2.0, pull=0.1)
    power = p @ f.square()
    torch.testing.assert_close(net.optimal_gains(f, p), (power + 0.1) / (3.0 * power + 0.1))


def test_free_activity_needs_no_gains(drive):
    f, p = drive
    torch.testing.assert_close(network(activity_cost=0.0).optimal_gains(f, p), torch.ones(12, dtype=torch.float64))


def test_rates_settle_at_the_steady_state_and_are_read_out_exactly(drive):
    f, _ = drive
    net = network()
    _, state = net(f[:4].expand(800, 4, 12))
    torch.testing.assert_close(state.r, net.steady_state(f[:4], torch.ones(12, dtype=torch.float64)))
    torch.testing.assert_close(state.r - state.r @ net.weight_rec.mT, f[:4])


def test_an_adapter_lowers_the_gains_of_the_units_tuned_to_it(drive):
    f, p = drive
    net = network()
    change = net.optimal_gains(f, p) - net.optimal_gains(f)
    assert f[20].argmax() == 7
    assert change.argmin() == 7
    assert change[1] > 0


def test_default_chances_are_equal(drive):
    f, _ = drive
    equal = torch.full((36,), 1 / 36, dtype=torch.float64)
    net, g = network(), torch.full((12,), 0.7, dtype=torch.float64)
    torch.testing.assert_close(net.loss(f, g), net.loss(f, g, equal))
    torch.testing.assert_close(net.optimal_gains(f), net.optimal_gains(f, equal))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (dict(w=torch.zeros(2, 3)), "square"),
        (dict(w=torch.eye(2)), "real parts below 1"),
        (dict(pull=-1.0), "pull"),
        (dict(tau_ms=0.0), "tau_ms"),
    ],
)
def test_bad_numbers_are_refused(change, word):
    with pytest.raises(NeurariumError, match=word):
        GainControl(**dict(w=torch.zeros(2, 2)) | change)
