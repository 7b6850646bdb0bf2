import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.recurrent import ExcitatoryInhibitoryReservoir
from neurarium.plasticity import InhibitoryHomeostasis


def build(**more):
    return ExcitatoryInhibitoryReservoir(**{"n_inputs": 2, "n_units": 100, "rng": Rng(0), **more}).double()


def uniform(*shape):
    return 2 * torch.rand(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1


def test_one_step_by_hand():
    net = build()
    x, h_0 = uniform(2), (1 + uniform(100)) / 2
    h, _ = net.step(x, net.init_state(x)._replace(h=h_0))
    for i in (0, 99):
        u = net.weight_exc[i] @ h_0[:80] - net.weight_inh[i] @ h_0[80:] + net.weight_in[i] @ x
        torch.testing.assert_close(h[i], 1 / (1 + torch.exp(-u)))


@pytest.mark.parametrize("shape", [(150, 2), (150, 1, 2), (150, 6, 2)])
def test_sweep_equals_repeated_steps(shape):
    net, x = build(gain=4.0), 2 * uniform(*shape)
    swept, last = net(x)
    stepped, last_of_steps = unroll(net.step, x, net.init_state(x[0]))
    torch.testing.assert_close(swept, stepped, atol=1e-10, rtol=0)
    torch.testing.assert_close(last.h, last_of_steps.h, atol=1e-10, rtol=0)


def test_dales_law_and_the_share_of_connections():
    net = build(n_connections=20, excitatory_share=0.8)
    assert net.weight_exc.shape == (100, 80)
    assert (net.weight_exc >= 0).all()
    assert (net.weight_inh >= 0).all()
    assert (net.weight_exc > 0).sum(1).tolist() == [16] * 100
    assert (net.weight_inh > 0).sum(1).tolist() == [4] * 100
    assert net.weight_exc.max() <= 2.0 / 20**0.5


@pytest.mark.parametrize("balance", [0.5, 1.0, 2.0])
def test_balance_is_inhibition_over_excitation(balance):
    net = build(balance=balance)
    assert (net.weight_inh.sum() / net.weight_exc.sum()).item() == pytest.approx(balance, rel=1e-5)
    assert torch.equal(net.weight_exc, build().weight_exc)


def test_inhibition_lowers_rates():
    x = torch.zeros(50, 1, 2, dtype=torch.float64)
    rates = [build(balance=b)(x)[0][-1].mean().item() for b in (0.5, 1.0, 2.0)]
    assert rates[0] > 0.6 > rates[1] > 0.4 > rates[2]


def test_one_shot_puts_every_unit_at_its_own_rate():
    net, x = build(), torch.full((300, 1, 2), 0.2, dtype=torch.float64)
    rates = 0.25 + 0.1 * torch.rand(100, generator=Rng(0)("rates"), dtype=torch.float64)
    net.weight_inh = net.inhibition_for(rates, x)
    torch.testing.assert_close(net(x)[0][-1, 0], rates, atol=1e-6, rtol=0)


def test_the_rule_leads_where_one_shot_leads():
    net, x = build(input_scale=0.1), uniform(4000, 1, 2)
    rule, state = InhibitoryHomeostasis(lr=0.5, target=0.3), None
    synapses = rule.init_state(net.weight_inh)
    for stretch in x.split(40):
        h, state = net(stretch, state)
        rates = h.flatten(0, -2)
        net.weight_inh, synapses = rule.step(rates[:, net.n_exc :], rates, net.weight_inh, synapses)
    assert (net(x)[0].mean((0, 1)) - 0.3).abs().max() < 0.01
    once = build(input_scale=0.1)
    once.weight_inh = once.inhibition_for(torch.full((100,), 0.3, dtype=torch.float64), x)
    torch.testing.assert_close(net.weight_inh.sum(1), once.weight_inh.sum(1), rtol=0.06, atol=0.02)
    assert ((net.weight_inh > 0) <= (once.weight_inh > 0)).all(), "no connection has grown"


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 0}, "be a whole number above zero"),
        ({"excitatory_share": 1.2}, "lie between 0 and 1"),
        ({"excitatory_share": 1.0}, "give each unit"),
        ({"n_connections": 101}, "give each unit"),
        ({"gain": 0.0}, "be a positive number"),
        ({"balance": -1.0}, "be zero or a positive number"),
        ({"input_scale": float("inf")}, "be zero or a positive number"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"must {must}"):
        build(**wrong)
