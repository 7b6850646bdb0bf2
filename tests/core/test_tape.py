"""A tape records the sites it is asked for, at their address, over time."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neurarium.core import AbstractDynamics, NeurariumError, Tape, unroll
from neurarium.core.errors import UnknownNameError


class State(NamedTuple):
    """Two variables."""

    v: Tensor
    n: Tensor


class Leak(AbstractDynamics[State]):
    """Leaky sum that counts its steps."""

    def init_state(self, like):
        return State(torch.zeros_like(like), torch.zeros_like(like))

    def step(self, x, state):
        v = 0.5 * state.v + x
        return 2 * v, State(v, state.n + 1)


class Net(nn.Module):
    """Layers that are called once a step, inside a loop over time."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 4), nn.Linear(4, 2)])
        self.leak = Leak()

    def forward(self, x):
        hidden, _ = unroll(lambda x_t, s: (torch.relu(self.layers[0](x_t)), s), x, None)
        out, _ = unroll(lambda x_t, s: (self.layers[1](x_t), s), hidden, None)
        return self.leak(out)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


X = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(1))


def test_a_module_called_once_is_recorded_as_it_is():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with Tape(net, ["0.out", "1.in", "1.out", "out", "in"]) as tape:
        out = net(X)
    assert torch.equal(tape["0.out"], net[0](X))
    assert torch.equal(tape["1.in"], tape["0.out"])
    assert torch.equal(tape["1.out"], net[0](X).relu())
    assert torch.equal(tape["out"], out)
    assert torch.equal(tape["in"], X)


def test_a_module_called_in_a_time_loop_is_stacked_time_first(net):
    with Tape(net, ["layers.0.out", "layers.1.in", "leak.in"]) as tape:
        net(X)
    assert tape["layers.0.out"].shape == (5, 6, 4)
    assert torch.allclose(tape["layers.0.out"], net.layers[0](X), atol=1e-6)
    assert torch.allclose(tape["layers.1.in"], net.layers[0](X).relu(), atol=1e-6)
    assert tape["leak.in"].shape == (5, 6, 2)


def test_the_state_a_part_gives_back(net):
    with Tape(net, ["leak.state.v", "leak.state.n", "leak.out", "state.v"]) as tape:
        out, state = net(X)
    assert torch.equal(tape["leak.state.v"], state.v)
    assert torch.equal(tape["state.v"], state.v)  # of the whole module
    assert tape["leak.state.n"].unique().tolist() == [5]
    assert torch.equal(tape["leak.out"], out)  # the output alone, not the pair


def test_lstm_and_gru_give_two_values_too():
    gru = nn.GRU(3, 4)
    with Tape(gru, ["out"]) as tape:
        out, _ = gru(X)
    assert torch.equal(tape["out"], out)


def test_only_what_is_asked_for_is_kept(net):
    with Tape(net, ["layers.0.out"]) as tape:
        net(X)
    with pytest.raises(UnknownNameError, match=r"no site is called 'layers\.1\.out'"):
        tape["layers.1.out"]


def test_what_is_recorded_is_a_copy_cut_off_the_graph_unless_asked(net):
    with Tape(net, ["layers.0.out"]) as tape:
        net(X)
    assert not tape["layers.0.out"].requires_grad
    with Tape(net, ["layers.0.out"], detach=False) as tape:
        net(X)
    (grad,) = torch.autograd.grad(tape["layers.0.out"].sum(), net.layers[0].bias)
    assert grad.tolist() == [30.0] * 4
    relu = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    with Tape(relu, ["0.out"]) as tape:
        relu(X.clone())
    assert torch.equal(tape["0.out"], X)  # what the next layer overwrites in place was kept before


def test_a_second_run_replaces_the_first_and_hooks_are_taken_off(net):
    tape = Tape(net, ["leak.out"])
    for scale in (1.0, 2.0):
        with tape:
            out, _ = net(scale * X)
        assert torch.equal(tape["leak.out"], out)
    before = tape["leak.out"].clone()
    net(3 * X)
    assert torch.equal(tape["leak.out"], before)
    with pytest.raises(ZeroDivisionError), tape:
        raise ZeroDivisionError
    assert not any(m._forward_hooks for m in net.modules())


def test_a_site_named_twice_is_recorded_once(net):
    with Tape(net, ["leak.out", "leak.out"]) as tape:
        out, _ = net(X)
    assert torch.equal(tape["leak.out"], out)


def test_sites_as_a_recording(net):
    with Tape(net, ["layers.0.out", "leak.out"]) as tape:
        out, _ = net(X)
    recording = tape.recording(dt_ms=2.0, notes={"net": "toy"})
    assert (recording.n_steps, recording.n_trials, recording.dt_ms) == (5, 6, 2.0)
    assert np.array_equal(recording["leak.out"], out.detach().numpy())
    batch_first = nn.Sequential(nn.Linear(3, 4))
    with Tape(batch_first, ["out"]) as tape:
        batch_first(X.transpose(0, 1))
    assert tape.recording(batch_axis=0)["out"].shape == (5, 6, 4)
    with Tape(batch_first, ["out"]) as tape:
        batch_first(X[0])
    with pytest.raises(NeurariumError, match="have time, batch and unit axes"):
        tape.recording()


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        (["layers.0"], r"must end in \.in, \.out or \.state\.FIELD, got 'layers\.0'\. Perhaps 'layers\.0\.out'"),
        (["layer.0.out"], r"no module is called 'layer\.0'\. Did you mean 'layers\.0'"),
        ([], "name at least one address"),
    ],
)
def test_a_wrong_address_is_refused_at_once(net, sites, message):
    with pytest.raises(NeurariumError, match=message):
        Tape(net, sites)


def test_a_site_never_reached(net):
    tape = Tape(net, ["leak.out"])
    with tape:
        pass
    with pytest.raises(NeurariumError, match=r"'leak\.out' was never reached"):
        tape["leak.out"]


@pytest.mark.parametrize("site", ["leak.state.w", "layers.0.state.v"])
def test_a_state_that_is_not_there(net, site):
    with pytest.raises(NeurariumError, match="no state with field"), Tape(net, [site]):
        net(X)


def test_a_site_that_gives_no_tensor():
    class Pair(nn.Module):
        def forward(self, *, x=None):
            return {"a": 1}

    pair = Pair()
    with pytest.raises(NeurariumError, match="gave a dict, not a tensor"), Tape(pair, ["out"]):
        pair()
    with pytest.raises(NeurariumError, match="got no positional input"), Tape(pair, ["in"]):
        pair(x=X)
    assert not pair._forward_hooks
