"""Encoding models against refits, scikit-learn, himalaya and closed forms."""

import numpy as np
import pytest
import torch
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.linear_model import Ridge as SklearnRidge

from neurarium.alignment import PLS, Ridge, encoding_model
from neurarium.core.errors import NeurariumError


def draw(n=60, p=8, targets=5, noise=1.0, seed=0):
    g = np.random.default_rng(seed)
    x = g.standard_normal((n, p)) + 3.0
    return x, x @ g.standard_normal((p, targets)) + noise * g.standard_normal((n, targets)) - 7.0


def penalty(x, ridge):
    s = np.linalg.svd(x - x.mean(0), compute_uv=False)
    return ridge * (s[s > 1e-12 * s[0]] ** 2).mean()


@pytest.mark.parametrize("p", [8, 90])
def test_one_penalty_equals_scikit_learn_fold_by_fold(p):
    x, y = draw(p=p)
    model = encoding_model(x, y, regressor=Ridge(ridges=(0.3,)), n_folds=4)
    for test in np.split(np.arange(60), 4):
        train = np.setdiff1d(np.arange(60), test)
        peer = SklearnRidge(alpha=penalty(x[train], 0.3)).fit(x[train], y[train])
        np.testing.assert_allclose(model.predictions[test], peer.predict(x[test]), rtol=1e-9)


@pytest.mark.parametrize("p", [8, 90])
def test_the_penalty_of_each_target_is_that_of_ridgecv(p):
    x, y = draw(p=p, targets=12, noise=4.0)
    ridges = (100.0, 10.0, 1.0, 0.1, 0.01)
    fit = Ridge(ridges=ridges, n_inner_folds=None)(*map(torch.from_numpy, (x, y, np.arange(60))))
    alphas = [penalty(x, r) for r in ridges]
    peer = RidgeCV(alphas=alphas, alpha_per_target=True).fit(x, y)
    np.testing.assert_allclose([penalty(x, float(r)) for r in fit.ridge], peer.alpha_, rtol=1e-9)
    assert len(set(fit.ridge.tolist())) > 1
    np.testing.assert_allclose(fit.weight, peer.coef_.T, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(fit.bias, peer.intercept_, rtol=1e-7)


def test_penalties_are_those_of_himalaya():
    himalaya = pytest.importorskip("himalaya.ridge")
    x, y = draw(targets=12, noise=4.0)
    x, y = x - x.mean(0), y - y.mean(0)
    ridges = (100.0, 10.0, 1.0, 0.1, 0.01)
    blocks = np.arange(60) // 12
    fit = Ridge(ridges=ridges, n_inner_folds=5)(*map(torch.from_numpy, (x, y, np.arange(60))))
    folds = [(np.flatnonzero(blocks != k), np.flatnonzero(blocks == k)) for k in range(5)]
    peer = himalaya.RidgeCV(alphas=[penalty(x, r) for r in ridges], cv=folds, fit_intercept=True).fit(x, y)
    chosen = [penalty(x, float(r)) for r in fit.ridge]
    # himalaya scores folds by r², we by squared error: most targets, not all, agree
    assert np.mean(np.isclose(chosen, peer.best_alphas_)) > 0.6
    same = np.isclose(chosen, peer.best_alphas_)
    np.testing.assert_allclose(fit.weight.numpy()[:, same], peer.coef_[:, same], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("p", [3, 6, 40])
@pytest.mark.parametrize("n_groups", [24, 5, 2])
def test_residuals_left_out_are_those_of_refits(p, n_groups):
    """``e_i / (1 - h_ii)``, and its forms for groups, against models fitted without them."""
    from neurarium.alignment._regressors import _left_out_singly, _Run

    x, y = map(torch.from_numpy, draw(n=24, p=p))
    U, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    U, s = U[:, : min(p, 23)], s[: min(p, 23)]
    f = s**2 / (s**2 + 2.5)
    centred = y - y.mean(0)
    e = centred - (U * f) @ U.T @ centred
    refitted, together = torch.zeros(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64)
    for k in range(n_groups):
        here = torch.nonzero(torch.arange(24) % n_groups == k).flatten()
        rest = np.setdiff1d(np.arange(24), here)
        peer = SklearnRidge(alpha=2.5).fit(x[rest], y[rest])
        refitted += (y[here] - torch.from_numpy(peer.predict(x[here]))).square().sum(0)
        together += _Run.of(U, here).left_out(f, e)
    torch.testing.assert_close(together, refitted, rtol=1e-8, atol=0.0)
    if n_groups == 24:
        torch.testing.assert_close(_left_out_singly(U, f, e), refitted, rtol=1e-8, atol=0.0)


def test_penalty_zero_is_least_squares():
    x, y = draw()
    model = encoding_model(x, y, regressor=Ridge(ridges=(0.0,)), n_folds=2)
    peer = LinearRegression().fit(x[30:], y[30:])
    np.testing.assert_allclose(model.predictions[:30], peer.predict(x[:30]), rtol=1e-8)


def test_a_fit_that_reproduces_every_sample_is_not_taken_for_the_best():
    x, y = draw(n=20, p=40)
    data = [torch.from_numpy(v) for v in (x, y, np.arange(20))]
    assert Ridge(ridges=(0.0, 1.0))(*data).ridge.tolist() == [1.0] * 5
    assert Ridge(ridges=(0.0, 1.0), n_inner_folds=None)(*data).ridge.tolist() == [1.0] * 5


@pytest.mark.parametrize("p", [8, 90])
def test_pls_is_that_of_scikit_learn(p):
    x, y = draw(p=p)
    model = encoding_model(x, y, regressor=PLS(n_components=3), n_folds=2)
    peer = PLSRegression(n_components=3, scale=False).fit(x[30:], y[30:])
    np.testing.assert_allclose(model.predictions[:30], peer.predict(x[:30]), rtol=1e-5)
    assert model.ridge is None


def test_pls_of_all_directions_is_least_squares():
    x, y = draw()
    model = encoding_model(x, y[:, :1], regressor=PLS(), n_folds=2)
    assert np.allclose(model.predictions, encoding_model(x, y[:, :1], regressor=Ridge((0.0,)), n_folds=2).predictions)


def test_scores_are_those_of_the_held_out_folds():
    x, y = draw()
    model = encoding_model(x, y, n_folds=3)
    rs = [np.corrcoef(y[k : k + 20, 1], model.predictions[k : k + 20, 1])[0, 1] for k in (0, 20, 40)]
    assert model.correlation[1] == pytest.approx(np.mean(rs))
    means = np.repeat([y[20:].mean(0), np.delete(y, np.s_[20:40], 0).mean(0), y[:40].mean(0)], 20, 0)
    expected = 1 - ((y - model.predictions) ** 2).sum(0) / ((y - means) ** 2).sum(0)
    np.testing.assert_allclose(model.r2, expected)


def test_unrelated_responses_are_at_chance_however_many_units():
    g = np.random.default_rng(0)
    rs = [encoding_model(g.standard_normal((60, 300)), g.standard_normal((60, 40))).correlation for _ in range(12)]
    assert abs(np.mean(rs)) < 4 * np.std(np.mean(rs, 1)) / 12**0.5
    assert abs(np.mean(rs)) < 0.03


def test_blocks_stay_together_and_choose_honestly():
    """Every stimulus twice: split, the copies leak; kept together, nothing is left to predict."""
    g = np.random.default_rng(1)
    x, y = np.repeat(g.standard_normal((30, 200)), 2, 0), np.repeat(g.standard_normal((30, 20)), 2, 0)
    order = g.permutation(60)
    leaking = encoding_model(x, y, blocks=order).correlation.mean()
    honest = encoding_model(x, y, blocks=np.arange(60) // 2).correlation.mean()
    assert leaking > 0.8
    assert abs(honest) < 0.2


def test_repeats_give_a_ceiling_that_a_true_model_reaches():
    g = np.random.default_rng(2)
    x = g.standard_normal((600, 4))
    y = (x @ g.standard_normal((4, 30)))[:, None] + 2 * g.standard_normal((600, 4, 30))
    model = encoding_model(x, y)
    assert 0.5 < model.ceiling.min() < model.ceiling.max() < 0.98
    assert model.corrected.mean() == pytest.approx(1, abs=0.02)
    assert model.corrected.max() > 1, "never clipped"
    assert encoding_model(x, y[:, 0]).ceiling is None
    assert encoding_model(x, y[:, :1]).corrected is None


def test_a_target_without_signal_has_no_ceiling():
    g = np.random.default_rng(2)
    noise = g.standard_normal((40, 2, 200))
    model = encoding_model(g.standard_normal((40, 3)), noise)
    assert 40 < np.isnan(model.ceiling).sum() < 160
    assert np.isnan(model.corrected).sum() == np.isnan(model.ceiling).sum()


def test_answers_in_kind_and_leaves_its_input_alone():
    x, y = draw()
    copies = x.copy(), y.copy()
    arrays, tensors = encoding_model(x, y), encoding_model(torch.from_numpy(x), torch.from_numpy(y))
    assert isinstance(arrays.predictions, np.ndarray)
    assert isinstance(tensors.ridge, torch.Tensor)
    np.testing.assert_array_equal(arrays.correlation, tensors.correlation.numpy())
    np.testing.assert_array_equal(x, copies[0])
    np.testing.assert_array_equal(y, copies[1])


def test_constant_prediction_correlates_with_nothing():
    x, y = draw()
    flat = encoding_model(x, y, regressor=lambda x, y, blocks: Ridge((1e300,))(x, y, blocks))
    assert (flat.correlation == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: dict(X=x, Y=y[:-1]), "as many samples"),
        (lambda x, y: dict(X=x[:5], Y=y[:5], n_folds=5), "enough of 5 samples"),
        (lambda x, y: dict(X=x[:14], Y=y[:14], n_folds=5), "enough of 14 samples"),
        (lambda x, y: dict(X=x, Y=y, n_folds=1), "n_folds"),
        (lambda x, y: dict(X=0 * x, Y=y), "`X` must vary"),
        (lambda x, y: dict(X=x, Y=y * [0, 1, 1, 1, 1]), r"never respond \(here \[0\]"),
        (lambda x, y: dict(X=x, Y=np.where(np.arange(60)[:, None] < 15, 0.0, y)), "in fold 0"),
        (lambda x, y: dict(X=np.where(x == x.max(), np.nan, x), Y=y), "finite"),
        (lambda x, y: dict(X=x, Y=np.where(y == y.max(), np.inf, y)), "finite"),
        (lambda x, y: dict(X=x, Y=y, blocks=np.arange(59)), "one label"),
        (lambda x, y: dict(X=x, Y=y, blocks=np.arange(60) // 20), "n_folds"),
        (lambda x, y: dict(X=x, Y=y, n_folds=2, blocks=np.arange(60) // 30), "leave two blocks"),
        (lambda x, y: dict(X=x, Y=y[:, 0]), "Y"),
        (lambda x, y: dict(X=x.tolist(), Y=y), "numpy array"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(NeurariumError, match=message):
        encoding_model(**change(*draw()))


@pytest.mark.parametrize(
    "make", [lambda: Ridge(()), lambda: Ridge((-1.0,)), lambda: Ridge(n_inner_folds=1), lambda: PLS(n_components=0)]
)
def test_bad_regressor_is_refused(make):
    with pytest.raises(NeurariumError):
        make()
