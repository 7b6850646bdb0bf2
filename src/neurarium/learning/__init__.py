"""Learning: how credit reaches weights, and what keeps old knowledge.

How to choose: :func:`bptt` gives exact gradients, :func:`ottt` nearly as good ones with memory that does not grow
with time; both take the same arguments. To learn tasks one after the other, set
``Dense.project`` to :class:`HebbianProjection` (local, learned) or :class:`SVDProjection` (exact, the oracle), or add
the penalty of :class:`ElasticWeightConsolidation`; :func:`continual_scores` says what was kept.
"""

from neurarium.learning.bptt import bptt as bptt
from neurarium.learning.continual_scores import ContinualScores as ContinualScores
from neurarium.learning.continual_scores import continual_scores as continual_scores
from neurarium.learning.elastic_weight_consolidation import ElasticWeightConsolidation as ElasticWeightConsolidation
from neurarium.learning.hebbian_projection import HebbianProjection as HebbianProjection
from neurarium.learning.ottt import ottt as ottt
from neurarium.learning.svd_projection import SVDProjection as SVDProjection
