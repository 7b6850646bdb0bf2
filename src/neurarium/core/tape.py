"""A tape records any site of any module, by address, while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Literal

import torch
from torch import Tensor, nn

from neurarium.core.dynamics import AbstractDynamics
from neurarium.core.errors import NeurariumError, bad, unknown
from neurarium.core.recording import Recording


class Tape:
    """Record what happens at the named sites of a module, and nothing else.

    An address is a module's path and a port: ``layers.0.out`` is what ``layers[0]`` gave, ``layers.0.in`` what it
    got, ``layers.0.state.v`` field ``v`` of the state it gave back; ``out`` alone is the whole module's.
    A module called once yields its output as it is; one called T times (a time loop) yields T outputs stacked,
    time first. A part with a fused ``unroll`` is called once, so its state is the last one only.

    Args:
        module: any ``nn.Module``.
        sites: addresses; memory is kept for these alone.
        detach: cut the recorded tensors off the graph (default) or keep them differentiable.

    Raises:
        UnknownNameError: for an address whose module does not exist, with the nearest ones.

    Example:
        >>> net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
        >>> with Tape(net, ["0.out", "out"]) as tape:
        ...     _ = net(torch.zeros(5, 3))
        >>> tape["0.out"].shape
        torch.Size([5, 4])
    """

    def __init__(self, module: nn.Module, sites: Iterable[str], *, detach: bool = True) -> None:
        self.detach = detach
        self._seen: dict[str, list[Tensor]] = {}
        self._hooks: list[Any] = []
        modules = dict(module.named_modules())
        self._plan = [(site, *_resolve(site, modules)) for site in dict.fromkeys(sites)]
        if not self._plan:
            raise bad("Tape", "sites", "name at least one address", (), f"Modules: {sorted(modules)[1:6]}")

    def __enter__(self) -> Tape:
        self._seen = {site: [] for site, *_ in self._plan}
        for site, module, port, field in self._plan:
            self._hooks.append(module.register_forward_hook(self._hook(site, port, field)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _hook(self, site: str, port: str, field: str | None) -> Any:
        def record(module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
            if port == "in" and not args:
                raise NeurariumError(f"Tape: site {site!r} got no positional input. Choose another site.")
            value = (
                args[0] if port == "in" else _output(module, result) if port == "out" else _state(site, result, field)
            )
            if not isinstance(value, Tensor):
                raise NeurariumError(
                    f"Tape: site {site!r} gave a {type(value).__name__}, not a tensor. Choose another site."
                )
            self._seen[site].append(value.detach().clone() if self.detach else value)

        return record

    def __getitem__(self, site: str) -> Tensor:
        """What was recorded: as it was for one call, stacked in front for several."""
        if site not in self._seen:
            raise unknown("site", site, self._seen)
        if not self._seen[site]:
            raise NeurariumError(f"Tape: site {site!r} was never reached. Run the module inside `with tape:`.")
        seen = self._seen[site]
        return seen[0] if len(seen) == 1 else torch.stack(seen)

    def recording(self, *, batch_axis: Literal[0, 1] = 1, **kwargs: Any) -> Recording:
        """The sites as a :class:`Recording`; tensors must be ``(time, batch, units)`` (or batch first, axis 0)."""
        arrays = {}
        for site in self._seen:
            value = self[site].detach().cpu()
            if value.ndim < 3:
                raise bad("Tape", site, "have time, batch and unit axes to be a recording", tuple(value.shape))
            value = value.flatten(2)
            arrays[site] = (value if batch_axis == 1 else value.transpose(0, 1)).numpy()
        return Recording(arrays, **kwargs)


def _resolve(site: str, modules: dict[str, nn.Module]) -> tuple[nn.Module, str, str | None]:
    words = site.split(".")
    if len(words) >= 2 and words[-2] == "state":
        path, port, field = ".".join(words[:-2]), "state", words[-1]
    elif words[-1] in ("in", "out"):
        path, port, field = ".".join(words[:-1]), words[-1], None
    else:
        raise bad("Tape", "sites", "end in .in, .out or .state.FIELD", site, f"Perhaps {site + '.out'!r}.")
    if path not in modules:
        raise unknown("module", path, modules)
    return modules[path], port, field


def _output(module: nn.Module, result: Any) -> Any:
    two_valued = isinstance(module, (AbstractDynamics, nn.RNNBase)) and isinstance(result, tuple)
    return result[0] if two_valued else result


def _state(site: str, result: Any, field: str | None) -> Any:
    state = result[1] if isinstance(result, tuple) and len(result) == 2 else None
    if not hasattr(state, field or ""):
        raise NeurariumError(f"Tape: site {site!r}: the module gives back no state with field {field!r}.")
    return getattr(state, field or "")
