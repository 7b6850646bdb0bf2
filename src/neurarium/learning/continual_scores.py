"""Scores of a learner that met several tasks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from neurarium.core import measure
from neurarium.core.errors import bad


class ContinualScores(NamedTuple):
    """`average_accuracy` (ACC), `backward_transfer` (BWT), and `learning_accuracy`, each task right after it."""

    average_accuracy: float
    backward_transfer: float
    learning_accuracy: float


@measure(
    summary="Average accuracy and backward transfer of a sequence of tasks.",
    level="behaviour",
    paper="arxiv:1706.08840",
    tags=("continual",),
)
def continual_scores(accuracy: Float[np.ndarray, "tasks tasks"] | ArrayLike) -> ContinualScores:
    """Scores from the accuracy matrix R, ``R[i, j]`` = accuracy on task j after learning task i.

    ``ACC = mean_j R[T, j]``,  ``BWT = mean_(j<T) (R[T, j] - R[j, j])``,  ``learning = mean_j R[j, j]``.

    Args:
        accuracy: ``(tasks, tasks)``; only the diagonal and the last row are read.

    Raises:
        NeurariumError: unless the matrix is square with two tasks at least, and finite where it is read.

    Example:
        >>> continual_scores([[0.75, 0.0], [0.25, 0.75]])
        ContinualScores(average_accuracy=0.5, backward_transfer=-0.5, learning_accuracy=0.75)

    Paper: Lopez-Paz and Ranzato 2017, arXiv:1706.08840.
    """
    r = np.asarray(accuracy, dtype=float)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or len(r) < 2:
        raise bad("continual_scores", "accuracy", "be square with at least two tasks", r.shape)
    if not (np.isfinite(np.diag(r)).all() and np.isfinite(r[-1]).all()):
        raise bad("continual_scores", "accuracy", "be finite on the diagonal and in the last row", r.tolist())
    backward = r[-1, :-1] - np.diag(r)[:-1]
    return ContinualScores(float(r[-1].mean()), float(backward.mean()), float(np.diag(r).mean()))
