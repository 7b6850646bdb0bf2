"""The sweep on a GPU gives what the steps give: Triton interprets its kernels here, so no GPU is needed."""

import ast
import importlib
import importlib.util
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tests.neurons.test_fused_lif import (
    OwnBump,
    OwnReset,
    currents,
    draw,
    every_surrogate,
    every_variant,
    gradients,
    stepped,
)
from torch.utils._python_dispatch import TorchDispatchMode

import neurarium.neurons
from neurarium.core import NeurariumError
from neurarium.neurons import LIF, HardReset, LIFState, SoftReset

SOURCE = Path(neurarium.neurons.__file__).parent / "_triton_lif.py"
needs_triton = pytest.mark.skipif(find_spec("triton") is None, reason="Triton is not installed (extra `oracles`)")


def fresh_copy():
    """The module as a new process would see it."""
    spec = importlib.util.spec_from_file_location("triton_lif", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def kernels():
    """The module with kernels that are interpreted on the CPU."""
    importlib.import_module("triton")  # whose own functions are to stay compiled ones
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        return fresh_copy()


@pytest.fixture
def swept(kernels):
    def run(neuron, x, state):
        assert kernels.is_fusable(x, state.v)
        z, v = kernels.lif(x, state.v, neuron._law())
        return z, LIFState(v)

    return run


@needs_triton
@every_variant
@every_surrogate
def test_spikes_equal_and_gradients_agree_in_double_precision(swept, reset, surrogate):
    neuron = LIF(tau_mem_ms=7.0, threshold=0.9, reset=reset, surrogate=surrogate)
    x, v, weights = currents(21, 2, 70), draw(2, 70, name="v"), (draw(21, 2, 70, name="w"), draw(2, 70, name="last"))
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (swept, stepped))
    assert 0.05 < ours[0].mean() < 0.95
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    for got, want in zip(ours[2:], theirs[2:], strict=True):
        assert want.abs().max() > 0.1
        torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


@needs_triton
@every_variant
def test_spikes_and_potentials_are_the_same_bits_in_single_precision(swept, reset):
    neuron, kind = LIF(tau_mem_ms=11.0, threshold=0.7, reset=reset), torch.float32
    x, v = currents(35, 3, 50, dtype=kind), draw(3, 50, name="v", dtype=kind)
    weights = draw(35, 3, 50, name="w", dtype=kind), draw(3, 50, name="last", dtype=kind)
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (swept, stepped))
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])
    for got, want in zip(ours[2:], theirs[2:], strict=True):
        torch.testing.assert_close(got, want, atol=2e-6, rtol=1e-5)


@needs_triton
@every_variant
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16], ids=str)
def test_halves_are_carried_in_single_precision_and_rounded_once(swept, reset, half):
    neuron, x, v = LIF(tau_mem_ms=6.0, reset=reset), currents(20, 150, dtype=half), draw(150, name="v", dtype=half)
    g = draw(20, 150, name="w", dtype=half), draw(150, name="last", dtype=half)
    x, v = x.requires_grad_(), v.requires_grad_()
    z, state = swept(neuron, x, LIFState(v))
    x_32, v_32 = (t.detach().float().requires_grad_() for t in (x, v))
    z_32, last = stepped(neuron, x_32, LIFState(v_32))
    assert z.dtype == state.v.dtype == half
    assert torch.equal(z.float(), z_32)
    got = state.v, *torch.autograd.grad((z, state.v), (x, v), g)
    want = last.v, *torch.autograd.grad((z_32, last.v), (x_32, v_32), [t.float() for t in g])
    for ours, theirs in zip(got, want, strict=True):
        assert ours.dtype == half
        # The interpreter cuts a bfloat16 off where a GPU rounds it.
        torch.testing.assert_close(ours.float(), theirs, atol=1e-7, rtol=torch.finfo(half).eps)


@needs_triton
@pytest.mark.parametrize(("n_steps", "n"), [(1, 1), (1, 129), (15, 128), (16, 127), (17, 1), (32, 129), (33, 128)])
def test_any_number_of_instants_and_of_neurons(swept, n_steps, n):
    neuron, v = LIF(tau_mem_ms=5.0, reset=HardReset(v_reset=-0.3)), draw(n, name="v")
    x, weights = currents(n_steps, n), (draw(n_steps, n, name="w"), draw(n, name="last"))
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (swept, stepped))
    for got, want in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, want, atol=1e-12, rtol=1e-12)


@needs_triton
def test_a_potential_right_at_the_threshold_spikes_forth_and_back(swept):
    neuron, v = LIF(threshold=0.5, reset=HardReset(v_reset=-1.0)), torch.zeros(1).double()
    x, weights = torch.tensor([[0.5], [0.25]]).double(), (draw(2, 1, name="w"), draw(1, name="last"))
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (swept, stepped))
    assert ours[0].tolist() == [[1.0], [0.0]]
    for got, want in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, want, atol=1e-12, rtol=1e-12)


@needs_triton
@pytest.mark.parametrize("shape", [(6,), (18, 3), (18, 2, 3, 4)])
def test_any_shape_and_any_strides(swept, shape):
    neuron, w = LIF(tau_mem_ms=4.0), draw(*shape, name="w")
    x = currents(*shape[::-1]).permute(*range(len(shape) - 1, -1, -1)).requires_grad_()
    assert len(shape) == 1 or not x.is_contiguous()
    start = neuron.init_state(x[0])
    (z, state), (z_steps, last) = swept(neuron, x, start), stepped(neuron, x, start)
    assert z.shape == shape
    assert state.v.shape == shape[1:]
    assert torch.equal(z, z_steps)
    assert torch.equal(state.v, last.v)
    for g in (w, torch.ones(()).double().expand(shape)):  # the gradient of a sum is one number seen many times
        got, want = (torch.autograd.grad(out, x, g, retain_graph=True)[0] for out in (z, z_steps))
        torch.testing.assert_close(got, want, atol=1e-12, rtol=0)


@needs_triton
@pytest.mark.parametrize("v_shape", [(), (1,), (5,), (3, 1), (3, 5)])
def test_one_start_may_serve_many_neurons(swept, v_shape):
    neuron, x, w = LIF(tau_mem_ms=4.0), currents(6, 3, 5), draw(6, 3, 5, name="w")
    v = draw(*v_shape, name="v").requires_grad_()
    before = v.detach().clone()
    got, want = (torch.autograd.grad((w * run(neuron, x, LIFState(v))[0]).sum(), v)[0] for run in (swept, stepped))
    torch.testing.assert_close(got, want, atol=1e-12, rtol=0)
    assert torch.equal(v, before), "the state that goes in is left as it was"


@needs_triton
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of NumPy, which does the interpreter's sums
def test_infinite_input_ends_as_it_does_step_by_step(swept):
    x = torch.tensor([[0.5, -torch.inf, torch.inf, torch.nan], [0.6, 2.0, 2.0, 2.0]], dtype=torch.float64)
    for reset in (SoftReset(), HardReset(v_reset=-0.2)):
        neuron, ours, theirs = LIF(reset=reset), x.clone().requires_grad_(), x.clone().requires_grad_()
        (z, state), (z_steps, last) = (
            run(neuron, t, neuron.init_state(t[0])) for run, t in ((swept, ours), (stepped, theirs))
        )
        torch.testing.assert_close(z, z_steps, equal_nan=True)
        torch.testing.assert_close(state.v, last.v, equal_nan=True)
        (z.sum() + state.v.sum()).backward()
        (z_steps.sum() + last.v.sum()).backward()
        assert torch.equal(ours.grad.isfinite(), theirs.grad.isfinite())


@needs_triton
def test_one_potential_in_sixteen_is_kept_and_none_without_a_gradient(kernels, swept):
    neuron, x, kept = LIF(tau_mem_ms=4.0), currents(40, 3, 5).requires_grad_(), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        z, state = swept(neuron, x, neuron.init_state(x[0]))
    assert [tuple(t.shape) for t in kept] == [(40, 3, 5), (3, 3, 5)]
    assert kept[0].data_ptr() == x.data_ptr(), "the input, which is there anyway"
    assert kernels.CHUNK == 16
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            alone, last = swept(neuron, x, neuron.init_state(x[0]))
        assert alone.grad_fn is None
        assert torch.equal(alone, z)
        assert torch.equal(last.v, state.v)


@needs_triton
@pytest.mark.parametrize(("kind", "expected"), [(torch.bfloat16, 10.5), (torch.float32, 20.5)], ids=str)
def test_bytes_moved_for_a_neuron_and_an_instant(swept, monkeypatch, kind, expected):
    from triton.runtime.interpreter import interpreter_builder as builder

    moved = []

    def counting(name, of_type):
        do = getattr(builder, name)

        def access(pointers, *rest):
            mask = rest[1] if name.endswith("store") else rest[0]
            moved.append(int(mask.data.sum()) * of_type(pointers).primitive_bitwidth // 8)
            return do(pointers, *rest)

        monkeypatch.setattr(builder, name, access)

    for name in ("create_masked_load", "create_masked_store"):
        counting(name, lambda pointers: pointers.get_element_ty())
    n_steps, n = 64, 200
    x = currents(n_steps, n, dtype=kind).requires_grad_()
    z, _ = swept(LIF(), x, LIFState(x.new_zeros(n)))
    z.backward(torch.ones_like(z))
    first_and_last = 4 * n * x.element_size()  # potentials forward, their gradients back
    assert sum(moved) - first_and_last == expected * n_steps * n


@needs_triton
def test_kernels_compile_for_a_gpu_and_contract_no_product_with_a_sum(monkeypatch, tmp_path):
    import triton
    from triton.backends.compiler import GPUTarget

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    module = fresh_copy()
    shared = dict(NUMBER=triton.language.float32, CHUNK=module.CHUNK, WIDTH=module._WIDTH, IS_HARD=False)
    for kernel, own in (
        (module._charge, dict(IS_KEPT=True)),
        (module._adjoint, dict(IS_DETACHED=False, BUMP=module._atan)),
    ):
        constants = {**shared, **own}
        known = {"kept": "*fp32", **dict.fromkeys(module._SCALARS, "i64"), **dict.fromkeys(constants, "constexpr")}
        source = triton.compiler.ASTSource(kernel, {n: known.get(n, "*bf16") for n in kernel.arg_names}, constants)
        code = triton.compile(source, GPUTarget("cuda", 90, 32), dict(num_warps=4, enable_fp_fusion=False)).asm
        assert "cubin" in code
        assert "fma.rn" not in code["ptx"]


@needs_triton
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@every_variant
def test_a_gpu_gives_the_same(reset):
    neuron = LIF(tau_mem_ms=7.0, reset=reset)
    x, v, *weights = (
        t.cuda()
        for t in (currents(50, 3, 50), draw(3, 50, name="v"), draw(50, 3, 50, name="w"), draw(3, 50, name="last"))
    )
    ours, theirs = (gradients(run, neuron, LIFState, x, v, weights) for run in (LIF.unroll, stepped))
    assert torch.equal(ours[0], theirs[0])
    for got, want in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


@needs_triton
def test_a_second_derivative_is_refused_and_told_what_to_do(swept):
    x = currents(5, 2).requires_grad_()
    z, _ = swept(LIF(), x, LIF().init_state(x[0]))
    with pytest.raises(NeurariumError, match=r"no second derivative .*core\.unroll\(neuron\.step"):
        torch.autograd.grad(z.sum(), x, create_graph=True)


@needs_triton
@pytest.mark.parametrize(
    ("x", "v"),
    [
        (torch.zeros(3, 2, dtype=torch.int32), torch.zeros(2, dtype=torch.int32)),
        (torch.zeros(3, 2, dtype=torch.bfloat16), torch.zeros(2)),
        (torch.zeros(3, 2), torch.zeros(2, device="meta")),
        (torch.zeros(3, 2, device="meta"), torch.zeros(2, device="meta")),
        (torch.zeros(3, 2), torch.zeros(4, 2)),
        (torch.zeros(3, 0), torch.zeros(0)),
        (torch.zeros(0, 3), torch.zeros(3)),
        (torch.zeros(3, 2).to_sparse(), torch.zeros(2)),
    ],
    ids=["whole numbers", "mixed", "two devices", "meta", "other shape", "no neuron", "no instant", "sparse"],
)
def test_input_that_no_kernel_takes_is_stepped(kernels, x, v):
    assert not kernels.is_fusable(x, v)


@needs_triton
def test_whoever_watches_operators_is_shown_the_steps(kernels):
    x, v = torch.zeros(3, 2), torch.zeros(2)
    assert kernels.is_fusable(x, v)
    with TorchDispatchMode():
        assert not kernels.is_fusable(x, v)


@pytest.fixture
def on_gpu(monkeypatch):
    """`LIF` takes what is here for tensors on a GPU, and a module for that of the Triton path."""

    def place(module):
        monkeypatch.setattr(torch.Tensor, "is_cuda", True)
        monkeypatch.setattr(neurarium.neurons, "_triton_lif", module, raising=False)
        monkeypatch.setattr(neurarium.neurons.lif.fused, "lif", None)

    return place


@needs_triton
def test_the_neuron_takes_the_sweep_on_a_gpu(kernels, on_gpu):
    on_gpu(kernels)
    x = currents(20, 3, dtype=torch.bfloat16).requires_grad_()
    assert type(LIF()(x)[0].grad_fn).__name__ == "_LIFBackward"
    for neuron in (LIF(reset=OwnReset()), LIF(surrogate=OwnBump())):
        assert type(neuron(x)[0].grad_fn).__name__ == "StackBackward0", "no kernel knows it"


def test_without_triton_the_neuron_is_stepped_on_a_gpu(monkeypatch, on_gpu):
    monkeypatch.setitem(sys.modules, "triton", None)
    module = fresh_copy()
    assert not module.is_fusable(torch.zeros(3, 2), torch.zeros(2))
    on_gpu(module)
    x = currents(20, 3, dtype=torch.bfloat16).requires_grad_()
    z, _ = LIF()(x)
    assert type(z.grad_fn).__name__ == "StackBackward0"
    assert torch.equal(z, stepped(LIF(), x, LIFState(x.new_zeros(3)))[0])


def test_a_neuron_on_the_cpu_imports_no_triton():
    run = "import sys, torch; from neurarium.neurons import LIF; LIF()(torch.ones(3, 2, dtype=torch.bfloat16)); "
    run += "print([m for m in sys.modules if m.split('.')[0] == 'triton' or m.endswith('_triton_lif')])"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def accesses(kernel):
    """Loads and stores of a kernel: for each instant of a chunk, for each chunk, and once."""
    found = Counter()

    def count(node, where):
        if isinstance(node, ast.For):
            where = "instant" if "static_range" in ast.unparse(node.iter) else "chunk"
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("tl.load", "tl.store"):
            found[where, ast.unparse(node.func)[3:]] += 1
        for child in ast.iter_child_nodes(node):
            count(child, where)

    tree = ast.parse(SOURCE.read_text())
    count(next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == kernel), "once")
    return dict(found)


def test_kernels_touch_each_array_once_an_instant():
    assert accesses("_charge") == {
        ("once", "load"): 1,
        ("chunk", "store"): 1,
        ("instant", "load"): 1,
        ("instant", "store"): 1,
        ("once", "store"): 1,
    }
    assert accesses("_adjoint") == {
        ("once", "load"): 1,
        ("chunk", "load"): 1,
        ("instant", "load"): 2,
        ("instant", "store"): 1,
        ("once", "store"): 1,
    }
