"""One synapse for each unit."""

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.synapses import OneToOne


def test_it_is_a_diagonal_matrix():
    synapses = OneToOne(n_units=3)
    with torch.no_grad():
        synapses.weight.copy_(torch.tensor([0.5, -1.0, 2.0]))
    x = torch.arange(6.0).view(2, 3)
    torch.testing.assert_close(synapses(x), x @ synapses.weight.detach().diag())


def test_a_bad_number_of_units_is_refused():
    with pytest.raises(NeurariumError, match="OneToOne: `n_units`"):
        OneToOne(n_units=0)
