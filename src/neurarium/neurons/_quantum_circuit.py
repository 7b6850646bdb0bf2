"""Circuits of the three gates that a quantum perceptron needs, their simulation and their export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from neurarium.core.errors import bad, check_fraction


class Gate(NamedTuple):
    """``h`` on one qubit; ``z`` on any set of qubits; ``x`` on the last of its qubits, controlled by the others."""

    name: str
    qubits: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NoisyDevice:
    """What a processor does to each gate and to the read-out.

    Args:
        single: chance that a gate on one qubit replaces it by noise (depolarises it).
        multiple: chance for each qubit that a gate on several touches.
        readout: chance that a measured bit is read as the other.
    """

    single: float = 0.0
    multiple: float = 0.0
    readout: float = 0.0

    def __post_init__(self) -> None:
        check_fraction("NoisyDevice", single=self.single, multiple=self.multiple, readout=self.readout)


@dataclass(frozen=True)
class Circuit:
    """Gates in order, on qubits that all start at 0; qubit 0 is the highest bit of a basis state's number."""

    n_qubits: int
    gates: tuple[Gate, ...]

    def __post_init__(self) -> None:
        for name, qubits in self.gates:
            is_known = (name in ("x", "z") and qubits) or (name == "h" and len(qubits) == 1)
            if not is_known or len(set(qubits) & set(range(self.n_qubits))) < len(qubits):
                raise bad("Circuit", "gates", f"be h, x or z on some of {self.n_qubits} qubits", (name, qubits))

    def count(self) -> Counter[tuple[str, int]]:
        """How many gates of each name and number of qubits."""
        return Counter((gate.name, len(gate.qubits)) for gate in self.gates)

    @property
    def n_multiple(self) -> int:
        """Gates on two or more qubits."""
        return sum(len(gate.qubits) > 1 for gate in self.gates)

    @property
    def n_two_qubit(self) -> int:
        """Two-qubit gates once all is broken up without spare qubits: 1 for two qubits, ``2^k - 2`` for k above."""
        return sum(1 if len(q) == 2 else 2 ** len(q) - 2 for _, q in self.gates if len(q) > 1)

    def state(self) -> Float64[np.ndarray, " states"]:
        """The amplitudes at the end; all are real."""
        psi = np.zeros((2,) * self.n_qubits)
        psi[(0,) * self.n_qubits] = 1
        for name, qubits in self.gates:
            psi = _applied(psi, name, qubits)
        return psi.ravel()

    def probability(self, qubit: int, device: NoisyDevice | None = None) -> float:
        """Chance to read 1 from `qubit` at the end.

        On a noisy device the density matrix is followed, exactly: every qubit that a gate touches is replaced by an
        even mixture with the device's chance. It holds ``4^n_qubits`` numbers.
        """
        if device is None:
            return float((np.moveaxis(self.state().reshape((2,) * self.n_qubits), qubit, 0)[1] ** 2).sum())
        n, rho = self.n_qubits, np.zeros((2,) * (2 * self.n_qubits))
        rho[(0,) * (2 * n)] = 1
        for name, qubits in self.gates:
            rho = _applied(_applied(rho, name, qubits), name, tuple(n + q for q in qubits))
            for q in qubits:
                rho = _depolarised(rho, q, n + q, device.single if len(qubits) == 1 else device.multiple)
        diagonal = np.diagonal(rho.reshape(2**n, 2**n)).reshape((2,) * n)
        one = float(np.moveaxis(diagonal, qubit, 0)[1].sum())
        return (1 - device.readout) * one + device.readout * (1 - one)

    def to_qasm(self, measured: Sequence[int] = ()) -> str:
        """The circuit as an OpenQASM 3 programme that ends by measuring the qubits `measured`."""
        lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{self.n_qubits}] q;"]
        lines += [f"bit[{len(measured)}] c;"] if measured else []
        for name, qubits in self.gates:
            control = {0: "", 1: "ctrl @ "}.get(len(qubits) - 1, f"ctrl({len(qubits) - 1}) @ ")
            lines.append(f"{control}{name} {', '.join(f'q[{q}]' for q in qubits)};")
        lines += [f"c[{i}] = measure q[{q}];" for i, q in enumerate(measured)]
        return "\n".join(lines) + "\n"


def _at(n_axes: int, values: Mapping[int, int]) -> tuple[slice | int, ...]:
    """The part of an array where some axes have some values."""
    return tuple(values.get(axis, slice(None)) for axis in range(n_axes))


def _applied(psi: np.ndarray, name: str, qubits: tuple[int, ...]) -> np.ndarray:
    """The gate on some axes of an array of amplitudes."""
    if name == "h":
        zero, one = np.moveaxis(psi, qubits[0], 0)
        return np.moveaxis(np.stack([zero + one, zero - one]) / np.sqrt(2), 0, qubits[0])
    after = psi.copy()
    if name == "z":
        after[_at(psi.ndim, dict.fromkeys(qubits, 1))] *= -1
        return after
    *controls, target = qubits
    zero, one = (_at(psi.ndim, dict.fromkeys(controls, 1) | {target: bit}) for bit in (0, 1))
    after[zero], after[one] = psi[one], psi[zero]
    return after


def _depolarised(rho: np.ndarray, row: int, column: int, chance: float) -> np.ndarray:
    """One qubit, at axes `row` and `column`, replaced by an even mixture with a `chance`."""
    if chance == 0:
        return rho
    blocks = np.moveaxis(rho, (row, column), (0, 1))
    after = (1 - chance) * blocks
    mixed = chance / 2 * (blocks[0, 0] + blocks[1, 1])
    after[0, 0] += mixed
    after[1, 1] += mixed
    return np.moveaxis(after, (0, 1), (row, column))
