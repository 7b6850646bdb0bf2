"""Networks read from NIR."""

import nir
import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import EulerStep, ExactStep, from_nir


def full(*values, n=3):
    return [np.full(n, value) for value in values]


def chain(*nodes):
    return nir.NIRGraph.from_list(*nodes)


X = torch.rand(200, 2, 3, generator=Rng(0)("x"), dtype=torch.float64)


def simulated(node, x, step):
    """Euler's or the exact step of a LIF node, as its equation says."""
    v, spikes = np.zeros(x.shape[1:]) + node.v_leak, []
    keep = 1 - 1e-3 / node.tau if step is EulerStep else np.exp(-1e-3 / node.tau)
    for x_t in x.numpy():
        v = node.v_leak + keep * (v - node.v_leak) + (1 - keep) * node.r * x_t
        z = v > node.v_threshold
        v = np.where(z, node.v_reset, v)
        spikes.append(z)
    return np.array(spikes)


@pytest.mark.parametrize("step", [EulerStep, ExactStep])
def test_a_lif_of_any_constants_spikes_as_its_equation_says(step):
    node = nir.LIF(
        tau=np.array([0.02, 0.005, 0.1]),
        r=np.array([3.0, 2.0, 9.0]),
        v_leak=np.array([0.1, 0.0, -0.2]),
        v_threshold=np.array([1.0, 0.5, 0.7]),
        v_reset=np.array([0.0, -0.1, -0.3]),  # 0.1 below the leak, each
    )
    x = X[:, 0]
    expected = simulated(node, x, step)
    assert (expected.mean(0) > 0.01).all()
    assert np.array_equal(from_nir(chain(node), integrator=step(), dtype=torch.float64)(x)[0].bool().numpy(), expected)


def test_a_graph_within_a_graph_is_opened():
    cell = nir.LIF(*full(0.02, 1.0, 0.0, 0.4))
    inner = nir.NIRGraph(
        nodes={
            "in": nir.Input(np.array([3])),
            "lif.lif": cell,
            "w": nir.Linear(np.eye(3)),
            "out": nir.Output(np.array([3])),
        },
        edges=[("in", "lif.lif"), ("lif.lif", "w"), ("w", "lif.lif"), ("lif.lif", "out")],
    )
    outer = nir.NIRGraph(
        nodes={"input": nir.Input(np.array([3])), "rnn": inner, "output": nir.Output(np.array([3]))},
        edges=[("input", "rnn"), ("rnn", "output")],
    )
    net = from_nir(outer)
    assert set(net.nodes) == {"rnn.lif.lif", "rnn.lif.lif 0", "rnn.w"}
    assert net(X.float())[0].mean() > 0.01


def test_a_delay_of_whole_steps_is_read():
    net = from_nir(chain(nir.Delay(np.array([0.0, 0.002, 0.005]))), integrator=ExactStep(dt_ms=0.5))
    x = torch.zeros(12, 1, 3)
    x[0] = 1.0
    assert net(x)[0].squeeze(1).argmax(0).tolist() == [0, 4, 10]


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (nir.Delay(np.array([0.0015])), "whole steps of 1.0 ms"),
        (nir.LI(*full(0.02, 1.0, 0.5)), "rest at 0"),
        (nir.LIF(*full(0.02, 1.0, 0.0, 1.0, 1.0)), "reset below"),
        (nir.Threshold(np.ones(3)), "Threshold at"),
        (nir.LIF(*full(0.02, 1.0, 0.0, 1.0), np.array([0.0, 0.1, 0.0])), "one reset for all units"),
    ],
    ids=["half a step", "leak", "reset", "unknown", "resets"],
)
def test_what_has_no_part_here_is_refused(node, says):
    with pytest.raises(NeurariumError, match=f"from_nir: `graph` must .*{says}"):
        from_nir(chain(node))


def test_a_time_constant_below_eulers_step_is_refused():
    with pytest.raises(NeurariumError, match="EulerStep: `dt_ms` must be below every time constant"):
        from_nir(chain(nir.LIF(*full(0.001, 1.0, 0.0, 1.0))), integrator=EulerStep(dt_ms=1.0))


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph is being deprecated:DeprecationWarning")
def test_what_snntorch_wrote_spikes_as_in_snntorch():
    snntorch = pytest.importorskip("snntorch", reason="peer, in the oracles job")
    export = pytest.importorskip("snntorch.export_nir", reason="peer, in the oracles job")
    torch.manual_seed(0)
    first, second = torch.nn.Linear(3, 40), torch.nn.Linear(40, 5)
    torch.nn.init.uniform_(first.weight, 0.0, 0.5)
    cells = [
        snntorch.Leaky(
            beta=torch.full((n,), 0.9),
            threshold=torch.ones(n),
            reset_mechanism="zero",
            reset_delay=False,
            init_hidden=True,
        )
        for n in (40, 5)
    ]
    theirs = torch.nn.Sequential(first, cells[0], second, cells[1])
    ours = from_nir(export.export_to_nir(theirs, torch.zeros(3)), integrator=EulerStep(dt_ms=0.1))
    with torch.no_grad():
        expected = torch.stack([theirs(x_t) for x_t in X.float()])
        assert expected.mean() > 0.01
        assert torch.equal(ours(X.float())[0], expected)


@pytest.mark.filterwarnings("ignore:nirtorch.extract_nir_graph is being deprecated:DeprecationWarning")
def test_what_norse_wrote_spikes_as_in_norse():
    norse = pytest.importorskip("norse.torch", reason="peer, in the oracles job")
    torch.manual_seed(0)
    p = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((40,), 100.0),
        v_leak=torch.zeros(40),
        v_th=torch.full((40,), 0.3),
        v_reset=torch.zeros(40),
    )
    linear = torch.nn.Linear(3, 40)
    theirs = norse.SequentialState(linear, norse.LIFBoxCell(p))
    ours = from_nir(norse.to_nir(theirs, torch.zeros(3), dt=1.0), integrator=EulerStep(dt_ms=1.0))
    state, expected = None, []  # version 1.1 writes dt / tau_mem_inv for the time constant 1 / tau_mem_inv, hence dt=1
    with torch.no_grad():
        for x_t in X.float():
            z, state = theirs(x_t, state)
            expected.append(z)
        assert torch.stack(expected).mean() > 0.01
        assert torch.equal(ours(X.float())[0], torch.stack(expected))
