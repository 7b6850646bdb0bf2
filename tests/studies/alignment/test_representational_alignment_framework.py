import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.alignment._alignment_functions import FUNCTIONS, MORE, partial_mantel
from neurarium.studies.alignment._alignment_verbs import in_shared_space, stitched, unaligned
from neurarium.studies.alignment._small_nets import SmallNet, images


def symmetric(generator, n):
    a = generator.normal(size=(n, n))
    return a + a.T


def test_the_partial_correlation_finds_a_planted_relation_and_none_in_noise():
    generator = np.random.default_rng(0)
    a, accuracy = symmetric(generator, 24), generator.random(24)
    rho, p_value = partial_mantel(a, a + 0.5 * symmetric(generator, 24), accuracy, generator)
    assert rho > 0.7
    assert p_value == 0.001
    found = [partial_mantel(symmetric(generator, 24), a, accuracy, generator, n_permuted=99)[1] for _ in range(40)]
    assert sum(p <= 0.1 for p in found) <= 9  # 4 are expected


def test_what_both_owe_to_accuracy_is_taken_off():
    generator = np.random.default_rng(1)
    accuracy = generator.random(24)
    by_sum = accuracy[:, None] + accuracy
    a, b = (by_sum + 0.05 * symmetric(generator, 24) for _ in range(2))
    i, j = np.triu_indices(24, 1)
    assert np.corrcoef(a[i, j], b[i, j])[0, 1] > 0.9
    assert abs(partial_mantel(a, b, accuracy, generator, n_permuted=9)[0]) < 0.2


def test_maps_bring_rotated_copies_together():
    x = torch.randn(60, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    systems = [x, x @ turn]
    assert not torch.allclose(unaligned(systems)(0, 1, x), x @ turn)
    shared = in_shared_space(systems)
    torch.testing.assert_close(shared(0, 1, x), shared(1, 1, x @ turn), rtol=0, atol=1e-8)
    torch.testing.assert_close(stitched(systems)(0, 1, x), x @ turn, rtol=0, atol=0.1)


def test_a_net_learns_and_reads_out_what_it_says_to_be_hidden():
    train_x, train_y, test_x, test_y = images(Rng(0))
    net = SmallNet((32, 16), Rng(1)).fit(train_x, train_y, n_updates=60, lr=1e-2)
    assert net.is_right(test_x, test_y).double().mean() > 0.85
    torch.testing.assert_close(net(test_x), net.layers[-1](net.drive(test_x).clamp_min(0)))
    assert net.hidden(test_x).shape == (len(test_x), 16)


@pytest.mark.parametrize("name", [*FUNCTIONS, *MORE])
def test_every_function_grows_with_likeness(name):
    generator = torch.Generator().manual_seed(0)
    x, noise = (torch.randn(60, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    function = {**FUNCTIONS, **MORE}[name][0]
    assert function(x, x + 0.1 * noise) > function(x, noise)
