import itertools
import re

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.neurons import Circuit, Gate, Hypergraph, NoisyDevice, QuantumPerceptron, SignFlip

ENCODINGS = [Hypergraph(), SignFlip()]
H, X = np.array([[1, 1], [1, -1]]) / np.sqrt(2), np.array([[0, 1], [1, 0]])


def all_signs(n_qubits):
    return torch.tensor(list(itertools.product((1.0, -1.0), repeat=2**n_qubits)), dtype=torch.float64)


def signs(n, n_qubits, seed):
    return torch.as_tensor(np.random.default_rng(seed).choice([-1.0, 1.0], (n, 2**n_qubits)))


def matrix(gate, n_qubits):
    """The gate as a dense matrix, by Kronecker products and projectors."""
    name, qubits = gate
    if name == "h":
        return _kron([H if q == qubits[0] else np.eye(2) for q in range(n_qubits)])
    *controls, target = qubits
    on = _kron([np.diag([0, 1]) if q in controls else np.eye(2) for q in range(n_qubits)])
    one = np.diag([1, -1]) if name == "z" else X
    return np.eye(2**n_qubits) - on + on @ _kron([one if q == target else np.eye(2) for q in range(n_qubits)])


def _kron(factors):
    out = np.eye(1)
    for factor in factors:
        out = np.kron(out, factor)
    return out


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["hypergraph", "sign flip"])
@pytest.mark.parametrize("n_qubits", [1, 2, 3])
def test_encodings_give_every_vector_of_signs_up_to_a_common_one(encoding, n_qubits):
    for s in all_signs(n_qubits)[:: 1 if n_qubits < 3 else 5].numpy():
        gates = [*(Gate("h", (q,)) for q in range(n_qubits)), *encoding(s)]
        state = Circuit(n_qubits, tuple(gates)).state() * 2 ** (n_qubits / 2)
        np.testing.assert_allclose(state * state[0] * s[0], s, atol=1e-12)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["hypergraph", "sign flip"])
@pytest.mark.parametrize("n_qubits", [1, 2, 4, 6])
def test_the_circuit_gives_the_formula(encoding, n_qubits):
    neuron = QuantumPerceptron(n_qubits=n_qubits, encoding=encoding)
    x = all_signs(n_qubits) if n_qubits < 3 else signs(25, n_qubits, 0)
    for w in x[:16]:
        expected = (x @ w / 2**n_qubits) ** 2
        torch.testing.assert_close(neuron(x, w), expected, rtol=0, atol=1e-12)
        assert torch.equal(neuron.activation(x, w), expected)


def test_ten_qubits_are_in_reach():
    x, w = signs(2, 10, 3)
    neuron = QuantumPerceptron(n_qubits=10)
    assert neuron(x, w).item() == pytest.approx(((x @ w / 1024) ** 2).item(), abs=1e-12)


def test_a_vector_and_its_negative_are_one():
    x, w = signs(2, 3, 1)
    neuron = QuantumPerceptron(n_qubits=3)
    for a, b in ((x, -w), (-x, w), (-x, -w)):
        torch.testing.assert_close(neuron(a, b), neuron(x, w), rtol=0, atol=1e-12)


def test_gates_equal_their_matrices():
    gates = [
        Gate("h", (1,)),
        Gate("z", (0, 2)),
        Gate("x", (2,)),
        Gate("h", (0,)),
        Gate("x", (0, 1, 2)),
        Gate("z", (1,)),
    ]
    gates += [Gate("x", (2, 0)), Gate("h", (2,)), Gate("z", (2, 1, 0)), Gate("h", (1,))]
    psi = np.eye(8)[0]
    for gate in gates:
        psi = matrix(gate, 3) @ psi
    np.testing.assert_allclose(Circuit(3, tuple(gates)).state(), psi, atol=1e-14)


def test_density_matrix_equals_random_pauli_errors_summed_exactly():
    """Replacing a qubit by an even mixture with chance p is I, X, Y or Z with p/4 each, besides 1 - p for nothing."""
    gates = (Gate("h", (0,)), Gate("x", (0, 1)), Gate("z", (1,)), Gate("h", (1,)))
    paulis = [np.eye(2), X, X @ np.diag([1, -1]), np.diag([1, -1])]  # the phase of Y does not matter
    rho = np.zeros((4, 4))
    rho[0, 0] = 1
    for gate in gates:
        rho = matrix(gate, 2) @ rho @ matrix(gate, 2).T
        chance = 0.1 if len(gate.qubits) == 1 else 0.3
        for q in gate.qubits:
            wide = [_kron([p if k == q else np.eye(2) for k in range(2)]) for p in paulis]
            rho = (1 - chance) * rho + chance / 4 * sum(p @ rho @ p.T for p in wide)
    one = rho[1, 1] + rho[3, 3]
    device = NoisyDevice(single=0.1, multiple=0.3, readout=0.05)
    assert Circuit(2, gates).probability(1, device) == pytest.approx(0.95 * one + 0.05 * (1 - one), abs=1e-14)


def test_limits_of_noise():
    x, w = signs(2, 2, 4)
    silent = QuantumPerceptron(n_qubits=2, device=NoisyDevice())
    torch.testing.assert_close(silent(x, w), silent.activation(x, w), rtol=0, atol=1e-12)
    assert QuantumPerceptron(n_qubits=2, device=NoisyDevice(multiple=1.0))(x, w).item() == pytest.approx(0.5)
    flipped = QuantumPerceptron(n_qubits=2, device=NoisyDevice(readout=1.0))
    assert flipped(x, w).item() == pytest.approx(1 - silent(x, w).item())


def test_gates_are_counted():
    """By hand: -1 at states 3, 5 and 6 of three qubits; f = j0 j1 + j0 j2 + j1 j2 + (sum of three) j0 j1 j2."""
    s = np.ones(8)
    s[[3, 5, 6]] = -1
    edges = [gate.qubits for gate in Hypergraph()(s)]
    assert edges == [(0, 1), (0, 2), (1, 2), (0, 1, 2)]
    flips = Circuit(3, tuple(SignFlip()(s)))
    assert flips.count() == {("z", 3): 3, ("x", 1): 6}
    assert (flips.n_multiple, flips.n_two_qubit) == (3, 18)
    assert Circuit(3, tuple(Hypergraph()(s))).n_two_qubit == 9
    assert len(SignFlip()(-np.ones(8))) == len(Hypergraph()(-np.ones(8))) == 0  # a common sign costs nothing
    whole = QuantumPerceptron(n_qubits=3).circuit(torch.as_tensor(s), torch.ones(8))
    assert whole.count() == {("h", 1): 6, ("z", 2): 3, ("z", 3): 1, ("x", 1): 3, ("x", 4): 1}


def test_hypergraph_needs_no_more_than_all_edges():
    for s in signs(50, 4, 5).numpy():
        assert sum(len(gate.qubits) > 1 for gate in Hypergraph()(s)) <= 11


def test_shots_are_binomial_and_from_their_own_stream():
    x = signs(1, 2, 6).expand(4000, -1)
    w = x[0] * torch.tensor([1.0, 1, 1, -1])
    neuron = QuantumPerceptron(n_qubits=2, n_shots=50)
    measured = neuron.activation(x, w, rng=Rng(0))
    assert measured.mean().item() == pytest.approx(0.25, abs=4 * (0.1875 / 50 / 4000) ** 0.5)
    assert measured.var().item() == pytest.approx(0.1875 / 50, rel=0.1)
    assert torch.equal(neuron(x[:3], w, rng=Rng(1)), neuron.activation(x[:3], w, rng=Rng(1)))
    assert measured.dtype == torch.float64
    assert neuron.activation(x.float(), w.float(), rng=Rng(0)).dtype == torch.float32


def test_lessons_move_weights_towards_or_away():
    neuron = QuantumPerceptron(n_qubits=4, flip_share=0.5)
    w = torch.ones(16)
    x = torch.ones(16)
    x[:5] = -1
    for sign in (1, -1):  # p cannot tell x from -x, nor can the lesson
        closer = neuron.taught(w, sign * x, is_positive=True, rng=Rng(0))
        assert (closer @ x, (closer != w).sum()) == (12, 3)
        away = neuron.taught(w, sign * x, is_positive=False, rng=Rng(0))
        assert (away @ x, (away != w).sum()) == (-6, 6)
    assert (w == 1).all()
    assert torch.equal(neuron.taught(w, w, is_positive=True, rng=Rng(0)), w)


def read_qasm(text):
    """A reader of what is written: gates, and the qubits measured."""
    n, gates, measured = None, [], []
    for line in text.splitlines()[2:]:
        if found := re.fullmatch(r"qubit\[(\d+)\] q;", line):
            n = int(found[1])
        elif found := re.fullmatch(r"(?:ctrl(?:\((\d+)\))? @ )?([hxz]) (.*);", line):
            qubits = tuple(int(q) for q in re.findall(r"q\[(\d+)\]", found[3]))
            assert len(qubits) - 1 == (int(found[1]) if found[1] else "ctrl" in line)
            gates.append(Gate(found[2], qubits))
        elif found := re.fullmatch(r"c\[\d+\] = measure q\[(\d+)\];", line):
            measured.append(int(found[1]))
        else:
            assert re.fullmatch(r"bit\[1\] c;", line), line
    return Circuit(n, tuple(gates)), measured


@pytest.mark.parametrize("encoding", ENCODINGS, ids=["hypergraph", "sign flip"])
def test_the_exported_programme_reads_back_as_the_same_circuit(encoding):
    x, w = signs(2, 4, 7)
    circuit = QuantumPerceptron(n_qubits=4, encoding=encoding).circuit(x, w)
    text = circuit.to_qasm(measured=[4])
    assert text.startswith('OPENQASM 3.0;\ninclude "stdgates.inc";\n')
    assert read_qasm(text) == (circuit, [4])


@pytest.mark.parametrize("n_qubits", [2, 4])
def test_qiskit_runs_the_exported_programme(n_qubits):
    qasm3, info = pytest.importorskip("qiskit.qasm3"), pytest.importorskip("qiskit.quantum_info")
    pytest.importorskip("qiskit_qasm3_import")
    x, w = signs(2, n_qubits, 8)
    neuron = QuantumPerceptron(n_qubits=n_qubits)
    circuit = qasm3.loads(neuron.circuit(x, w).to_qasm())
    chance = info.Statevector(circuit).probabilities([n_qubits])[1]
    assert chance == pytest.approx(neuron(x, w).item(), abs=1e-12)


def test_global_randomness_is_untouched():
    before = torch.get_rng_state()
    neuron = QuantumPerceptron(n_qubits=2, n_shots=5)
    x, w = signs(2, 2, 9)
    neuron(x, w, rng=Rng(0))
    neuron.taught(w, x, is_positive=True, rng=Rng(0))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("wrong", [{"n_qubits": 0}, {"n_shots": 0}, {"flip_share": 1.5}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"QuantumPerceptron: `{next(iter(wrong))}` must"):
        QuantumPerceptron(**{"n_qubits": 2, **wrong})


def test_bad_vectors_devices_and_gates_are_refused():
    neuron = QuantumPerceptron(n_qubits=2, n_shots=3)
    with pytest.raises(NeurariumError, match="`x` must hold 4 signs"):
        neuron(torch.tensor([1.0, 0.0, 1.0, 1.0]), torch.ones(4), rng=Rng(0))
    with pytest.raises(NeurariumError, match="`w` must hold 4 signs"):
        neuron(torch.ones(4), torch.ones(8), rng=Rng(0))
    with pytest.raises(NeurariumError, match="`rng` must be given where there are shots"):
        neuron(torch.ones(4), torch.ones(4))
    with pytest.raises(NeurariumError, match="NoisyDevice: `multiple` must lie between 0 and 1"):
        NoisyDevice(multiple=2.0)
    for gate in (Gate("y", (0,)), Gate("h", (0, 1)), Gate("z", (0, 0)), Gate("x", (5,)), Gate("z", ())):
        with pytest.raises(NeurariumError, match="`gates` must be h, x or z"):
            Circuit(2, (gate,))
