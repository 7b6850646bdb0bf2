"""Balance a pole on a cart, many carts at once, seen through channels of unknown order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import check_count, check_not_negative
from neurarium.core.rng import Rng

GRAVITY, CART_KG, POLE_KG, HALF_POLE_M, FORCE_N, STEP_S = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
TRACK_M, TILT_RAD, START = 2.4, math.radians(12), 0.05
TOTAL_KG, POLE_KG_M = CART_KG + POLE_KG, POLE_KG * HALF_POLE_M


class CartPoleState(NamedTuple):
    """`body`: position, its speed, angle, its speed, in the last axis; `order`: which of the channels is seen where.

    `is_up`: whether the episode goes on.
    """

    body: Float[Tensor, "*batch 4"]
    order: Int64[Tensor, "*batch channels"]
    is_up: Bool[Tensor, "*batch"]


@task(
    summary="Balance a pole on a cart by pushes; channels are permuted anew for each episode, some hold noise alone.",
    source="generated",
    paper="doi:10.1109/TSMC.1983.6313077",
    tags=("control", "reinforcement"),
)
@dataclass(frozen=True, kw_only=True)
class CartPole:
    """The cart-pole of Barto, Sutton and Anderson without friction, constants as in gymnasium's CartPole-v1.

    ``u = (F + m l ω² sin θ) / M;  ω' = (g sin θ - cos θ u) / (l (4/3 - m cos² θ / M));  v' = u - m l ω' cos θ / M``
    for F = ±10 N; all four variables take an Euler step of 20 ms from their old values. An episode ends beyond 2.4 m
    or 12 degrees; a reward of one is given for each step taken, the last one too.

    Args:
        n_noise: channels beside the four true ones that hold noise alone.
        noise_std: standard deviation of that noise.
        n_steps: steps after which an episode ends by itself.

    Raises:
        NeurariumError: for negative numbers, or no steps.

    Example:
        >>> task = CartPole(n_noise=2)
        >>> state = task.reset((3,), rng=Rng(0))
        >>> task.observe(state, torch.zeros(3, 2)).shape, int(task.step(torch.ones(3), state).is_up.sum())
        (torch.Size([3, 6]), 3)

    Paper: Barto, Sutton and Anderson 1983; permuted and noisy channels as in Tang and Ha 2021, arXiv:2109.02869.
    """

    n_noise: int = 0
    noise_std: float = 0.1
    n_steps: int = 500

    n_true: ClassVar[int] = 4

    def __post_init__(self) -> None:
        check_count("CartPole", least=0, n_noise=self.n_noise)
        check_count("CartPole", n_steps=self.n_steps)
        check_not_negative("CartPole", noise_std=self.noise_std)

    def reset(self, shape: tuple[int, ...], *, rng: Rng) -> CartPoleState:
        """Fresh episodes: streams ``starts`` (all variables uniform within ±0.05) and ``orders``."""
        body = torch.empty(*shape, self.n_true).uniform_(-START, START, generator=rng("starts"))
        keys = torch.rand(*shape, self.n_true + self.n_noise, generator=rng("orders"))
        return CartPoleState(body, keys.argsort(-1), torch.ones(shape, dtype=torch.bool))

    def noise(self, shape: tuple[int, ...], *, rng: Rng) -> Float[Tensor, "*shape noise"]:
        """What the noise channels hold: stream ``noise``; `shape` may hold an axis for the steps."""
        return torch.randn(*shape, self.n_noise, generator=rng("noise")) * self.noise_std

    def observe(self, state: CartPoleState, noise: Float[Tensor, "*batch noise"]) -> Float[Tensor, "*batch channels"]:
        """The four variables and the noise, in the order of each episode."""
        return torch.cat([state.body, noise], -1).gather(-1, state.order)

    def step(self, push: Float[Tensor, "*batch"], state: CartPoleState) -> CartPoleState:
        """Push with 10 N to the side of the sign of `push`; what has ended stays as it is."""
        x, v, theta, omega = state.body.unbind(-1)
        force = torch.where(push > 0, FORCE_N, -FORCE_N).to(x)
        sin, cos = theta.sin(), theta.cos()
        u = (force + POLE_KG_M * omega.square() * sin) / TOTAL_KG
        spin = (GRAVITY * sin - cos * u) / (HALF_POLE_M * (4 / 3 - POLE_KG * cos.square() / TOTAL_KG))
        pull = u - POLE_KG_M * spin * cos / TOTAL_KG
        rates = torch.stack([v, pull, omega, spin], -1)
        body = torch.where(state.is_up[..., None], state.body + STEP_S * rates, state.body)
        is_up = state.is_up & (body[..., 0].abs() <= TRACK_M) & (body[..., 2].abs() <= TILT_RAD)
        return CartPoleState(body, state.order, is_up)
