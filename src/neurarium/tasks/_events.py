"""What a simulated event camera sees, and how recent its events are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_count, check_positive
from neurarium.core.loop import unroll

DARK = 0.1  # added to light in [0, 1], as a pixel's dark current is, so that black has a logarithm


@dataclass(frozen=True, eq=False)
class EventClips:
    """Labelled clips of an event camera, already split into train and test.

    Polarity 0 is ON (brighter), 1 is OFF (darker); a pixel has at most one event in a step.

    Attributes:
        train_x: whether there is an event.
        train_y: class of each clip.
        test_x: the clips held out.
        test_y: their classes.
        n_classes: number of classes; labels are ``0 .. n_classes - 1``.
        note: what a report must say about this set.
    """

    train_x: Bool[Tensor, "time train 2 height width"]
    train_y: Int64[Tensor, " train"]
    test_x: Bool[Tensor, "time test 2 height width"]
    test_y: Int64[Tensor, " test"]
    n_classes: int
    note: str = ""

    def __post_init__(self) -> None:
        for part, x, y in (("train", self.train_x, self.train_y), ("test", self.test_x, self.test_y)):
            if x.ndim != 5 or x.shape[1] != len(y) or x.shape[2] != 2:
                must = f"be (time, clips, 2, height, width) for {len(y)} labels"
                raise bad("EventClips", f"{part}_x", must, tuple(x.shape))


def camera(
    movie: Float[Tensor, "frames clips height width"], *, contrast: float
) -> Bool[Tensor, "time clips 2 height width"]:
    """The events that a movie causes; one step fewer than it has frames.

    ``r = r + log(I_t + DARK) - log(I_{t-1} + DARK);  e = sign(r) [|r| >= contrast];  r = r - contrast · e``

    What one event does not account for stays in r and may cause another in the next step.

    Args:
        movie: light I, in [0, 1].
        contrast: change of log intensity that makes an event.

    Example:
        >>> movie = torch.tensor([0.0, 0.1, 0.1, 0.0]).reshape(4, 1, 1, 1)   # log(0.2 / 0.1) = 0.69
        >>> camera(movie, contrast=0.5)[:, 0, :, 0, 0].int().tolist()        # ON, then OFF
        [[1, 0], [0, 0], [0, 1]]
    """
    check_positive("camera", contrast=contrast)
    light = torch.log(movie + DARK)

    def step(now: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        before, residual = state
        residual = residual + (now - before)
        event = residual.sign() * (residual.abs() >= contrast)
        return torch.stack((event > 0, event < 0), -3), (now, residual - contrast * event)

    return unroll(step, light[1:], (light[0], torch.zeros_like(light[0])))[0]


def time_surface(
    events: Bool[Tensor, "time clips 2 height width"], *, tau_steps: float
) -> Float[Tensor, "time clips 2 height width"]:
    """How recent the last event of each pixel and polarity is: ``exp(-(t - t_last) / tau)``, 0 before the first.

    Args:
        events: whether there is an event.
        tau_steps: steps in which an event fades to 1/e.

    Example:
        >>> events = torch.tensor([False, True, False]).reshape(3, 1, 1, 1, 1).expand(-1, 1, 2, 1, 1)
        >>> [round(s, 3) for s in time_surface(events, tau_steps=2.0)[:, 0, 0, 0, 0].tolist()]
        [0.0, 1.0, 0.607]
    """
    check_positive("time_surface", tau_steps=tau_steps)
    keep = torch.tensor(-1 / tau_steps).exp()

    def step(now: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        surface = torch.where(now, 1.0, keep * last)
        return surface, surface

    return unroll(step, events, torch.zeros(events.shape[1:]))[0]


def patches(
    surface: Float[Tensor, "time clips 2 height width"],
    events: Bool[Tensor, "time clips 2 height width"],
    *,
    reach: int,
) -> tuple[Float[Tensor, "events pixels"], Int64[Tensor, "events 5"]]:
    """The surroundings of every event on the surface of its own polarity, scaled to unit length.

    Args:
        surface: what is cut out, e.g. a :func:`time_surface`; 0 beyond the border.
        events: where to cut.
        reach: pixels to each side; a patch has ``(2 · reach + 1)²`` pixels, row by row.

    Returns:
        patches, and the index (clip, step, polarity, row, column) of each; clip by clip, in order of time.
    """
    check_count("patches", least=0, reach=reach)
    index = events.transpose(0, 1).nonzero()
    clip, time, polarity, row, column = index.unbind(1)
    offset = torch.arange(2 * reach + 1)
    framed = F.pad(surface, (reach,) * 4)
    cut = framed[
        time[:, None, None],
        clip[:, None, None],
        polarity[:, None, None],
        row[:, None, None] + offset[:, None],
        column[:, None, None] + offset,
    ]
    return F.normalize(cut.flatten(1), dim=1), index
