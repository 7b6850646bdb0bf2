"""A delay for each axon."""

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import AxonalDelay


def test_an_impulse_comes_out_exactly_its_delay_later():
    delays = (0, 1, 5, 3)
    x = torch.zeros(8, 2, 4)
    x[1] = 1.0
    y, _ = AxonalDelay(delay_steps=delays)(x)
    for unit, delay in enumerate(delays):
        assert y[:, :, unit].nonzero()[:, 0].unique().tolist() == [1 + delay]


def test_one_delay_for_all_is_a_shift():
    x = torch.rand(9, 2, 3, generator=Rng(0)("x"))
    y, state = AxonalDelay(delay_steps=4)(x)
    assert torch.equal(y[4:], x[:-4])
    assert torch.equal(state.line, x[-4:])


@pytest.mark.parametrize("delays", [-1, (1, -2), (1.5,), ()])
def test_bad_delays_are_refused(delays):
    with pytest.raises(NeurariumError, match="AxonalDelay: `delay_steps` must be whole"):
        AxonalDelay(delay_steps=delays)


def test_another_width_is_refused():
    with pytest.raises(NeurariumError, match="AxonalDelay: `x` must end in 2 units"):
        AxonalDelay(delay_steps=(1, 2))(torch.ones(3, 1, 4))
