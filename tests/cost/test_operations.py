import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from neurarium.core import NeurariumError, spike, unroll
from neurarium.cost import operations


def drawn(*shape: int, seed: int = 0, **kwargs) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), **kwargs)


def filled(module: nn.Module) -> nn.Module:
    """The module with drawn weights, none of which is zero."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.rand(p.shape, generator=generator) + 0.1)
    return module.eval()


def peer(run, *inputs) -> int:
    with FlopCounterMode(display=False) as flops:
        run(*inputs)
    return flops.get_total_flops() // 2


class SelfAttentionNet(nn.Module):
    """Attention of 2 heads over 10 tokens of 16 features, mean over tokens, 2 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.attention(x, x, x)[0].mean(1))


class FunctionalNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(16, 16))
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head((x @ self.w).mean(1))


class LastOf(nn.Module):
    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell, self.head = cell, nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.cell(x)[0][-1])


class SpikingNet(nn.Module):
    """8 input lines, 5 recurrent LIF units, 3 leaky outputs; time first."""

    def __init__(self) -> None:
        super().__init__()
        self.w_in = nn.Parameter(drawn(8, 5, seed=1))
        self.w_rec = nn.Parameter(drawn(5, 5, seed=2))
        self.w_out = nn.Parameter(drawn(5, 3, seed=3))

    def step(self, x, state):
        v, z = state
        v = 0.9 * v * (1 - z) + x @ self.w_in + z @ self.w_rec
        z = spike(v - 1.0)
        return torch.cat([z, z @ self.w_out], dim=-1), (v, z)

    def forward(self, x):
        zero = x.new_zeros(x.shape[1], 5)
        return unroll(self.step, x, (zero, zero))[0]


# Dense counts: closed forms. -------------------------------------------------------------------------------------


def test_mlp_matches_closed_form_and_peer():
    net, x = filled(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))), drawn(4, 8)
    ops = operations(net, x, n_samples=4)
    assert ops.dense_macs == 4 * (8 * 16 + 16 * 3) == peer(net, x)
    assert ops.per_sample["dense_macs"] == 8 * 16 + 16 * 3
    assert ops.n_parameters == 8 * 16 + 16 + 16 * 3 + 3
    assert ops.footprint_bytes == 4 * ops.n_parameters
    assert ops.uncounted == ()


@pytest.mark.parametrize(
    ("net", "shape", "dense"),
    [
        (nn.Conv1d(2, 4, 3, dilation=2), (3, 2, 16), 3 * 12 * 4 * 2 * 3),
        (nn.Conv2d(2, 4, 3, stride=2, padding=1), (3, 2, 16, 16), 3 * 8 * 8 * 4 * 2 * 9),
        (nn.Conv2d(4, 8, 3, groups=2), (1, 4, 5, 5), 9 * 8 * 2 * 9),
        (nn.ConvTranspose2d(2, 4, 3, stride=2, groups=2), (3, 2, 7, 7), 3 * 49 * 2 * 2 * 9),
    ],
)
def test_convolution_matches_closed_form_and_peer(net, shape, dense):
    x = drawn(*shape)
    assert operations(net, x).dense_macs == dense == peer(net, x)


def test_conv_net_matches_peer_and_pools_multiply_nothing():
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    ).eval()
    x = drawn(2, 1, 8, 8)
    ops = operations(net, x)
    assert ops.dense_macs == 2 * (64 * 4 * 9 + 64 * 10) == peer(net, x)
    assert ops.footprint_bytes == 4 * (ops.n_parameters + 4 + 4) + 8  # running mean and variance, an int64 counter
    assert not ops.uncounted


@pytest.mark.parametrize("with_grad", [True, False])
def test_attention_net_that_layer_hooks_report_as_32(with_grad):
    """In/out projections 10*16*(48+16), queries by keys and weights by values 2*10*10*16, head 16*2."""
    with torch.set_grad_enabled(with_grad):
        ops = operations(SelfAttentionNet().eval(), drawn(1, 10, 16))
    assert ops.dense_macs == 10_240 + 3_200 + 32 == 13_472
    assert not ops.uncounted


def test_gru_net_matches_its_formula_and_peer():
    net, x = LastOf(nn.GRU(16, 8)), drawn(10, 1, 16)
    assert operations(net, x).dense_macs == 10 * 3 * 8 * (16 + 8) + 16 == 5_776 == peer(net, x)


def test_functional_matmul_matches_hand_count():
    assert operations(FunctionalNet(), drawn(1, 10, 16)).dense_macs == 10 * 16 * 16 + 32 == 2_592


@pytest.mark.parametrize("with_grad", [True, False])
def test_fused_lstm_is_opened(with_grad):
    """On the CPU one fused kernel runs it, of which torch's own counter sees nothing."""
    net, x = nn.LSTM(16, 8, num_layers=2), drawn(10, 3, 16)
    with torch.set_grad_enabled(with_grad):
        ops = operations(net, x)
    assert ops.dense_macs == 10 * 3 * 4 * 8 * ((16 + 8) + (8 + 8))
    assert torch.backends.mkldnn.enabled


def test_fused_transformer_layer_is_opened():
    net = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).eval()
    with torch.no_grad():
        ops = operations(net, drawn(1, 10, 16))
    assert ops.dense_macs == 10_240 + 3_200 + 2 * 10 * 16 * 32


def test_inference_mode_hides_nothing():
    with torch.inference_mode():
        assert operations(nn.Linear(8, 4), drawn(3, 8)).dense_macs == 96


@pytest.mark.parametrize(
    ("run", "shapes", "dense"),
    [
        (torch.mm, [(3, 4), (4, 5)], 60),
        (torch.bmm, [(2, 3, 4), (2, 4, 5)], 120),
        (torch.addmm, [(5,), (3, 4), (4, 5)], 60),
        (torch.baddbmm, [(2, 3, 5), (2, 3, 4), (2, 4, 5)], 120),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 120),
        (torch.mv, [(3, 4), (4,)], 12),
        (torch.addmv, [(3,), (3, 4), (4,)], 12),
        (torch.dot, [(4,), (4,)], 4),
        (torch.addr, [(3, 4), (3,), (4,)], 12),
        (lambda a, b: torch.einsum("bik,bjk->bij", a, b), [(3, 4, 5), (3, 6, 5)], 360),
        (lambda a, b: torch.tensordot(a, b, 1), [(3, 4, 5), (5, 2)], 120),
        (torch.vmap(lambda a, b: a @ b), [(3, 4, 5), (3, 5, 6)], 360),
        (F.scaled_dot_product_attention, [(2, 2, 5, 4), (2, 2, 7, 4), (2, 2, 7, 3)], 4 * 5 * 7 * (4 + 3)),
    ],
)
def test_operator_matches_closed_form(run, shapes, dense):
    ops = operations(run, *(drawn(*shape, seed=i) for i, shape in enumerate(shapes)))
    assert ops.dense_macs == ops.effective_macs == dense
    assert ops.uncounted == ()


def test_attention_with_shared_keys():
    q, k = drawn(1, 4, 5, 8), drawn(1, 2, 7, 8, seed=1)
    ops = operations(lambda q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True), q, k)
    assert ops.dense_macs == ops.effective_macs == 2 * 4 * 5 * 7 * 8


def test_embedding_is_a_look_up():
    net = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2))
    assert operations(net, torch.tensor([1, 2, 3])).dense_macs == 3 * 4 * 2


def test_complex_product_is_four_real_ones():
    a, b = drawn(3, 4, dtype=torch.complex64), drawn(4, 5, dtype=torch.complex64)
    assert operations(torch.mm, a, b).dense_macs == 4 * 60


def test_training_step_matches_peer_and_counts_gradients():
    net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14, 2))
    x, y = drawn(3, 2, 16), torch.zeros(3, dtype=torch.long)

    def train() -> None:
        F.cross_entropy(net(x), y).backward()

    ops = operations(train)
    forward = 3 * (14 * 4 * 2 * 3 + 4 * 14 * 2)
    assert ops.dense_macs == peer(train) == 2 * forward + 3 * 4 * 14 * 2
    assert ops.n_parameters == sum(p.numel() for p in net.parameters()) + x.numel() + y.numel()
    assert ops.uncounted == ()


# Effective counts. -----------------------------------------------------------------------------------------------


def test_effective_macs_are_those_of_two_nonzero_operands():
    a, b = drawn(5, 7).relu(), drawn(7, 4, seed=1).relu()
    brute = sum(bool(a[i, k] != 0 and b[k, j] != 0) for i in range(5) for k in range(7) for j in range(4))
    ops = operations(torch.mm, a, b)
    assert ops.effective_macs == brute < ops.dense_macs == 140
    assert ops.effective_acs == 0


@pytest.mark.parametrize("conv", [F.conv1d, F.conv_transpose1d])
def test_effective_convolution_matches_brute_force(conv):
    """One input at a time through one weight at a time: whatever comes out non-zero was one product."""
    x, w = drawn(1, 2, 6).relu(), drawn(2, 2, 3, seed=1).relu()
    lone_x = torch.eye(12).view(12, 1, 2, 6) * x
    lone_w = torch.eye(12).view(12, 2, 2, 3) * w
    brute = sum(int((conv(one_x, one_w, padding=1) != 0).sum()) for one_x in lone_x for one_w in lone_w)
    assert operations(lambda x: conv(x, w, padding=1), x).effective_macs == brute > 0


def test_padding_is_dense_but_not_effective():
    conv = filled(nn.Conv1d(1, 1, 3, padding=1, bias=False))
    ops = operations(conv, torch.full((1, 1, 4), 2.0))
    assert (ops.dense_macs, ops.effective_macs) == (12, 10)


def test_causal_attention_needs_half_of_the_values():
    q = drawn(1, 1, 5, 4)
    ops = operations(lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True), q)
    assert ops.dense_macs == 2 * 5 * 5 * 4
    assert ops.effective_macs == 5 * 5 * 4 + (5 * 6 // 2) * 4


def test_gradient_products_of_zeros_are_not_effective():
    x, w = drawn(3, 2, 9).relu(), drawn(4, 2, 3, seed=1).requires_grad_()

    def gradient(x):
        return torch.autograd.grad(2 * F.conv1d(x, w).sum(), w)

    forward = operations(lambda x: F.conv1d(x, w), x).effective_macs
    assert operations(gradient, x).effective_macs == 2 * forward  # the output's gradient is two everywhere


def test_gradient_to_the_input_skips_pruned_weights():
    x, w = drawn(1, 2, 9).requires_grad_(), drawn(4, 2, 3, seed=1)
    w[:, 1] = 0

    def gradient(x):
        return torch.autograd.grad(2 * F.conv1d(x, w).sum(), x)

    assert operations(gradient, x).effective_macs == 2 * 7 * 4 * 3


def test_pruned_weights_are_skipped():
    layer = filled(nn.Linear(6, 4))
    with torch.no_grad():
        layer.weight[:, ::2] = 0
    assert operations(layer, torch.full((1, 6), 2.0)).effective_macs == 4 * 3


def test_sparse_weights_count_as_their_dense_form():
    w = torch.diag(torch.tensor([2.0, 3.0, 0.0])).to_sparse()
    ops = operations(lambda x: torch.sparse.mm(w, x), drawn(3, 2))
    assert (ops.dense_macs, ops.effective_macs, ops.uncounted) == (18, 4, ())


# Spikes. ---------------------------------------------------------------------------------------------------------


def test_spikes_accumulate_where_they_are_one():
    z = (drawn(3, 8) > 0).float()
    ops = operations(filled(nn.Linear(8, 5)), z)
    assert (ops.dense_macs, ops.effective_macs, ops.effective_acs) == (120, 0, int(z.sum()) * 5)


def test_binary_weights_are_no_spikes():
    layer = filled(nn.Linear(8, 5, bias=False))
    with torch.no_grad():
        layer.weight.copy_((drawn(5, 8) > 0).float())
    ops = operations(layer, drawn(3, 8))
    assert ops.effective_acs == 0
    assert ops.effective_macs == 3 * int(layer.weight.sum())


def test_masked_weights_are_still_weights():
    w, mask = torch.ones(8, 5), (drawn(8, 5) > 0).float()
    ops = operations(lambda x: x @ (w * mask), drawn(3, 8))
    assert (ops.effective_acs, ops.effective_macs) == (0, 3 * int(mask.sum()))


@pytest.mark.parametrize(
    "made",
    [
        lambda w: torch.ones(2, 8),
        lambda w: w.new_ones(2, 8),
        lambda w: torch.ones_like(w.T),
        lambda w: torch.tensor([[1.0] * 8] * 2),
        lambda w: torch.from_numpy(np.ones((2, 8), dtype=np.float32)),
    ],
)
def test_what_is_made_during_the_run_is_an_activation(made):
    w = drawn(8, 2)
    assert operations(lambda: made(w) @ w).effective_acs == 32


def test_one_graded_value_makes_the_operand_graded():
    z = torch.tensor([[1.0, 0.0, 0.5]])
    ops = operations(filled(nn.Linear(3, 2)), z)
    assert (ops.effective_macs, ops.effective_acs) == (4, 0)


def test_spiking_attention_is_told_from_graded():
    q, v = (drawn(1, 2, 5, 4) > 0).float(), drawn(1, 2, 5, 4, seed=1)
    ops = operations(F.scaled_dot_product_attention, q, q, v)
    pairs = torch.einsum("bhik,bhjk->", q, q)
    assert (ops.effective_acs, ops.effective_macs) == (int(pairs), 2 * 5 * 5 * 4)


def test_spiking_net_matches_its_own_spike_counts():
    net, x = SpikingNet(), (drawn(20, 4, 8) > 1).float()
    with torch.no_grad():
        spikes = net(x)[..., :5]
        ops = operations(net, x, n_samples=4)
    assert 0 < spikes.mean() < 1
    assert ops.dense_macs == 20 * 4 * (8 * 5 + 5 * 5 + 5 * 3)
    assert ops.effective_macs == 0
    assert ops.effective_acs == int(x.sum()) * 5 + int(spikes[:-1].sum()) * 5 + int(spikes.sum()) * 3
    assert ops.activation_sparsity == pytest.approx(1 - spikes.mean().item(), abs=1e-6)
    assert ops.uncounted == ()


# What else is in the result. -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "net", [filled(nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3))), filled(nn.GRU(8, 6))]
)
def test_samples_add_up(net):
    x = drawn(5, 8)
    singles = [operations(net, x[i : i + 1]) for i in range(5)]
    together = operations(net, x if isinstance(net, nn.Sequential) else x.unsqueeze(0), n_samples=5)
    for name in ("dense_macs", "effective_macs", "effective_acs", "elementwise_ops"):
        if isinstance(net, nn.Sequential):
            assert getattr(together, name) == sum(getattr(ops, name) for ops in singles)
    assert together.per_sample["dense_macs"] * 5 == together.dense_macs == sum(ops.dense_macs for ops in singles)


def test_samples_of_a_spiking_batch_add_up():
    net, x = SpikingNet(), (drawn(6, 4, 8) > 1).float()
    singles = [operations(net, x[:, i : i + 1]) for i in range(4)]
    assert operations(net, x).effective_acs == sum(ops.effective_acs for ops in singles)


@pytest.mark.parametrize(
    ("act", "zeros"),
    [(nn.ReLU(), 3), (nn.ReLU(inplace=True), 3), (nn.ReLU6(), 3), (nn.Tanh(), 1), (lambda x: x.clamp(min=0), 3),
     (lambda x: (x > 0.5).to(x.dtype), 4)],
)  # fmt: skip
def test_activation_sparsity_is_the_share_of_zeros_that_nonlinearities_give(act, zeros):
    x = torch.tensor([-1.0, -0.5, 0.0, 0.4, 0.9, 2.0])
    assert operations(act, x).activation_sparsity == pytest.approx(zeros / 6)


def test_no_nonlinearity_no_sparsity():
    assert operations(nn.Linear(2, 2), torch.zeros(1, 2)).activation_sparsity is None


def test_breakdown_names_modules_and_sums_to_the_totals():
    net = filled(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Sequential(nn.Linear(16, 3))))
    ops = operations(net, drawn(4, 8))
    table = pd.DataFrame(ops.breakdown).set_index(["module", "operator"])
    assert table.loc[("0", "addmm"), "dense_macs"] == 4 * 8 * 16
    assert table.loc[("2.0", "addmm"), "dense_macs"] == 4 * 16 * 3
    assert table.loc[("1", "relu"), "elementwise_ops"] == 4 * 16
    assert table["dense_macs"].sum() == ops.dense_macs
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())


@pytest.mark.parametrize(
    ("run", "shape", "name"),
    [
        (torch.fft.rfft, (8,), "_fft_r2c"),
        (torch.linalg.inv, (3, 3), "linalg_inv_ex"),
        (lambda x: F.bilinear(x, x, torch.ones(2, 3, 3)), (4, 3), "_trilinear"),
        (lambda x: torch.from_numpy(x.numpy() @ x.numpy()), (3, 3), "Tensor.numpy"),
        (lambda x: torch.as_tensor(x.__array__()), (3, 3), "Tensor.__array__"),
    ],
)
def test_unknown_cost_is_listed_not_zero(run, shape, name):
    ops = operations(run, drawn(*shape) + 3 * torch.eye(3) if shape == (3, 3) else drawn(*shape))
    assert ops.uncounted[0].operator == name
    assert ops.uncounted[0].shapes[0] == shape


def test_custom_operator_is_listed():
    @torch.library.custom_op("neurarium_test::mystery", mutates_args=())
    def mystery(x: torch.Tensor) -> torch.Tensor:
        return x @ x

    for x in (drawn(3, 3), torch.ones(3, 3, dtype=torch.int64)):
        ops = operations(lambda x: mystery(mystery(x)), x)
        assert [(u.operator, u.calls) for u in ops.uncounted] == [("neurarium_test::mystery", 2)]


def test_global_switches_and_hooks_are_put_back_after_an_error():
    net = nn.Linear(3, 2)
    with pytest.raises(RuntimeError):
        operations(net, torch.zeros(1, 4))
    assert torch.backends.mkldnn.enabled
    assert not net._forward_hooks
    assert operations(net, torch.zeros(1, 3)).breakdown[0].module == ""


def test_bound_method_brings_its_module():
    net = SpikingNet()
    ops = operations(net.step, torch.ones(1, 8), (torch.zeros(1, 5), torch.zeros(1, 5)))
    assert ops.n_parameters == 8 * 5 + 5 * 5 + 5 * 3
    assert ops.dense_macs == 40 + 25 + 15


def test_function_counts_the_constants_it_used():
    w = torch.zeros(8, 4, dtype=torch.float64)
    ops = operations(lambda x: x @ w[:, :2], drawn(1, 8, dtype=torch.float64))
    assert (ops.n_parameters, ops.footprint_bytes) == (32, 256)


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, True])
def test_bad_n_samples_is_refused(n_samples):
    with pytest.raises(NeurariumError, match="n_samples"):
        operations(nn.Linear(2, 2), torch.zeros(1, 2), n_samples=n_samples)
