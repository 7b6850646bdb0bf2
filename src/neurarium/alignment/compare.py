"""Every measure of the room over every pair of systems, with what each number is to be held against."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import torch

from neurarium.alignment._compare.measures import pair_measures
from neurarium.alignment._compare.measuring import Amount, measured
from neurarium.alignment._compare.result import Comparison
from neurarium.alignment._compare.systems import systems_of
from neurarium.core.card import measure
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


@measure(
    summary="Every measure of every pair of systems, with intervals, nulls, floors and warnings.",
    level="representation",
    paper="arxiv:2310.13018",
    tags=("systems",),
)
@torch.no_grad()
def compare(
    systems: Mapping[str, Any],
    *,
    measures: object = "all",
    floor: str | None = "split-half",
    null: int = 200,
    ci: int = 200,
    axes: str | None = None,
    ids: Mapping[str, Sequence[Hashable]] | None = None,
    seed: int = 0,
) -> Comparison:
    """Ask several measures of all pairs of systems, and say when not to believe a number.

    ``debiased = (value - mean of null) / (identity - mean of null)``. Null: the same with the relation broken (rows
    permuted; for unpaired measures instants within trials, or each unit, shuffled). Interval: 95 %, of random halves.

    Args:
        systems: by name: ``(samples, units)`` or ``(trials, time, units)``, a data frame or a recording. NaN: missing.
        measures: ``"all"``, names, or ``{"name": functools.partial(measure, option=...)}``.
        floor: ``"split-half"``: what each measure says of two halves of one system; None: nothing.
        null: unrelated data sets for each pair, at most 50 for slow measures; 0 for none.
        ci: halves drawn for each interval, likewise.
        axes: ``"samples repeats units"`` if three axes mean that.
        ids: by system, what each row is; rows are matched by them. A data frame's index counts as ids.
        seed: of all draws.

    Raises:
        NeurariumError: for what cannot be read. A pair that a measure cannot judge gets a line that says why.

    Example:
        >>> x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
        >>> compare({"a": x, "b": 2 * x.flip(1)}, measures=["cka"], null=20, ci=20).table().value.round(9).tolist()
        [1.0]

    Paper: Sucholutsky et al. 2023, arXiv:2310.13018 (the framework).
    """
    check_count("compare", least=0, null=null, ci=ci)
    if floor not in ("split-half", None):
        raise bad("compare", "floor", "be 'split-half' or None", floor)
    given, results, skipped = systems_of(systems, axes, ids), {}, {}
    amount = Amount(n_null=null, n_halves=ci, is_halved=floor is not None)
    for one in pair_measures(measures):
        if why := one.misfit(given):
            skipped[one.name] = why
        else:
            results[one.name] = measured(one, given, Rng(seed).child(one.name), amount)
    return Comparison(tuple(s.name for s in given), results, skipped)
