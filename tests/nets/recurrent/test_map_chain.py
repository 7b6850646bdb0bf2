import pytest
import torch

from neurarium.alignment import bifurcation_crossings
from neurarium.core import NeurariumError, Rng
from neurarium.nets.recurrent import MapChain, MapChainState
from neurarium.neurons import Chialvo, Rulkov


def random_state(batch, units):
    draw = torch.rand(2, batch, units, generator=Rng(0)("state"), dtype=torch.float64)
    return MapChainState(*draw)


def test_without_coupling_each_unit_is_its_own_map():
    x = torch.rand(30, 2, 3, generator=Rng(0)("x"), dtype=torch.float64) * 0.1
    v, _ = MapChain(n_units=3)(x)
    torch.testing.assert_close(v[..., 0], Chialvo()(x[..., 0])[0])
    torch.testing.assert_close(v[..., 1], Rulkov()(x[..., 1])[0])
    torch.testing.assert_close(v[..., 2], Chialvo()(x[..., 2])[0])


def test_one_step_by_hand():
    chain = MapChain(
        n_units=3,
        neurons=(Chialvo(a=0.9, b=0.5, c=0.2, k=0.1), Rulkov(alpha=4.0, mu=0.1, v_rest=-1.0)),
        coupling_down=0.3,
        coupling_up=0.7,
    )
    v, y = torch.tensor([0.5, -1.0, 2.0]).double(), torch.tensor([1.0, -2.0, 0.5]).double()
    _, new = chain.step(torch.zeros(3).double(), MapChainState(v, y))
    want = [
        0.25 * torch.tensor(0.5).double().exp() + 0.1 + 0.7 * (-1.0 - 0.5),
        4.0 / 2 - 2.0 + 0.3 * (0.5 + 1.0) + 0.7 * (2.0 + 1.0),
        4.0 * torch.tensor(-1.5).double().exp() + 0.1 + 0.3 * (-1.0 - 2.0),
    ]
    torch.testing.assert_close(new.v, torch.stack([torch.as_tensor(w).double() for w in want]))
    torch.testing.assert_close(new.y, torch.tensor([0.9 - 0.25 + 0.2, -2.0, 0.45 - 1.0 + 0.2]).double())


def test_a_chain_in_step_stays_in_step_whatever_the_coupling():
    chain = MapChain(n_units=4, neurons=[Chialvo(k=0.04)], coupling_down=0.2, coupling_up=0.1)
    v, _ = chain(torch.zeros(50, 4).double())
    torch.testing.assert_close(v, v[:, :1].expand_as(v))


def test_the_jacobian_is_the_slope_of_a_step():
    chain, state = MapChain(n_units=3, coupling_down=0.3, coupling_up=-0.2).double(), random_state(2, 3)
    got, flat, small = chain.jacobian(state), torch.cat(state, -1), 1e-6
    for j in range(6):
        moved = flat + small * torch.eye(6).double()[j]
        plus = torch.cat(chain.step(torch.zeros(2, 3), MapChainState(*moved.chunk(2, -1)))[1], -1)
        base = torch.cat(chain.step(torch.zeros(2, 3), state)[1], -1)
        torch.testing.assert_close(got[:, :, j], (plus - base) / small, atol=1e-4, rtol=1e-4)


def test_a_lone_rulkov_map_leaves_silence_through_a_neimark_sacker_crossing():
    rests = torch.linspace(-1.75, -1.5, 26).double()
    jacobians = []
    for rest in rests.tolist():
        chain = MapChain(n_units=1, neurons=[Rulkov(v_rest=rest)])
        jacobians.append(chain.jacobian(chain.init_state(torch.zeros(1, 1).double()))[0])
    (crossing,) = bifurcation_crossings(torch.stack(jacobians), rests)
    slope = -2 * 4.1 * crossing.at / (1 + crossing.at**2) ** 2
    assert crossing.kind == "neimark-sacker"
    assert slope == pytest.approx(1 - 0.001, abs=2e-4), "where the determinant is one"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (dict(n_units=1), "n_units"),
        (dict(neurons=[]), "neurons"),
        (dict(coupling_up=float("nan")), "coupling_up"),
    ],
)
def test_bad_arguments_are_refused(change, word):
    with pytest.raises(NeurariumError, match=word):
        MapChain(**change)


def test_bad_width_is_refused():
    with pytest.raises(NeurariumError, match="3 units"):
        MapChain(n_units=3)(torch.zeros(5, 2))
