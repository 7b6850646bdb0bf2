"""Which of torch's operators multiply nothing.

An operator that is neither here, nor a view, nor tagged pointwise by torch, nor a product (``_products.py``) is of
unknown cost and gets reported as such; a name belongs here only when it surely holds no matrix product.
"""

from __future__ import annotations

import torch
from torch._ops import OpOverload

# Data that changes place or type, or comes into being.
MOVES = frozenset(
    """
    alias clone copy _to_copy detach lift_fresh lift_fresh_copy contiguous cat stack hstack vstack split
    split_with_sizes unsafe_split unsafe_split_with_sizes unsafe_chunk unbind_copy index index_put _index_put_impl
    _unsafe_index index_select index_fill index_copy gather scatter take masked_select masked_scatter masked_fill
    nonzero embedding repeat repeat_interleave roll flip tril triu constant_pad_nd reflection_pad1d reflection_pad2d
    reflection_pad3d replication_pad1d replication_pad2d replication_pad3d im2col fill zero _unsafe_view _reshape_copy
    diag_embed select_scatter slice_scatter select_backward slice_backward unfold_backward pixel_shuffle
    pixel_unshuffle channel_shuffle set resize _local_scalar_dense equal is_same_size _to_dense _to_sparse
    _to_sparse_csr _coalesce uniform normal bernoulli random exponential multinomial
    """.split()
)

# One step for each element of the largest operand; these carry no pointwise tag.
ELEMENTWISE = frozenset(
    """
    sum mean prod amax amin max min aminmax argmax argmin any all var var_mean std std_mean norm median mode
    linalg_vector_norm logsumexp cumsum cumprod cummax cummin logcumsumexp count_nonzero sort topk kthvalue
    _softmax _log_softmax _safe_softmax _softmax_backward_data _log_softmax_backward_data
    native_layer_norm native_group_norm native_batch_norm cudnn_batch_norm _native_batch_norm_legit
    _native_batch_norm_legit_no_training _batch_norm_with_update _batch_norm_no_update _fused_rms_norm
    native_layer_norm_backward native_group_norm_backward native_batch_norm_backward
    max_pool2d_with_indices max_pool3d_with_indices avg_pool2d avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d
    adaptive_max_pool2d max_pool2d_with_indices_backward avg_pool2d_backward _adaptive_avg_pool2d_backward
    upsample_nearest1d upsample_nearest2d upsample_bilinear2d
    native_dropout native_dropout_backward hardswish hardswish_backward _prelu_kernel _prelu_kernel_backward
    log_sigmoid_forward log_sigmoid_backward glu glu_backward rrelu_with_noise
    _thnn_fused_gru_cell _thnn_fused_lstm_cell complex
    mse_loss mse_loss_backward l1_loss smooth_l1_loss smooth_l1_loss_backward huber_loss huber_loss_backward
    nll_loss_forward nll_loss_backward nll_loss2d_forward nll_loss2d_backward binary_cross_entropy
    binary_cross_entropy_backward binary_cross_entropy_with_logits kl_div
    embedding_dense_backward index_add scatter_add scatter_reduce index_reduce bincount searchsorted bucketize
    linalg_cross lerp isin histc
    """.split()
)

# Whatever gives a unit's activation: rectifiers, squashers, thresholds.
NONLINEARITIES = frozenset(
    """
    relu relu6 threshold hardtanh leaky_relu _prelu_kernel rrelu_with_noise elu selu celu gelu silu mish softplus
    softshrink hardshrink sigmoid hardsigmoid hardswish log_sigmoid_forward tanh heaviside sign
    """.split()
)


def name_of(func: OpOverload) -> str:
    """``aten.add_.Tensor`` is ``add``: in-place and out-of-place do the same work."""
    name = func.overloadpacket.__name__
    name = name.removesuffix("_") if not name.endswith("__") else name
    return name if func.namespace == "aten" else f"{func.namespace}::{name}"


def is_factory(func: OpOverload, name: str) -> bool:
    """Whether what `func` gives holds nothing of its arguments but their shape and type, or is drawn or brought in."""
    drawn = torch.Tag.nondeterministic_seeded in func.tags
    return drawn or name.startswith(("new_", "lift_fresh")) or name.endswith("_like")


def is_move(func: OpOverload, name: str) -> bool:
    """Whether `func` computes nothing."""
    return func.is_view or name in MOVES or name.startswith("new_") or name.endswith("_like")


def is_elementwise(func: OpOverload, name: str) -> bool:
    """Whether `func` goes once through its elements."""
    return torch.Tag.pointwise in func.tags or name in ELEMENTWISE or name.startswith("_foreach_")
