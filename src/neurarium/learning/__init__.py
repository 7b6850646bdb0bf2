"""Learning: how credit reaches weights, and what keeps old knowledge.

How to choose: ``loss.backward()`` through a net is back-propagation (through time) and needs nothing from here.
:func:`ottt` replaces it where memory must not grow with time. To learn tasks one after the other, set
``Dense.project`` to :class:`HebbianProjection` (local, learned) or :class:`SVDProjection` (exact, the oracle), or add
the penalty of :class:`ElasticWeightConsolidation`; :func:`continual_scores` says what was kept.
"""

from neurarium.learning.continual_scores import ContinualScores as ContinualScores
from neurarium.learning.continual_scores import continual_scores as continual_scores
from neurarium.learning.elastic_weight_consolidation import ElasticWeightConsolidation as ElasticWeightConsolidation
from neurarium.learning.hebbian_projection import HebbianProjection as HebbianProjection
from neurarium.learning.ottt import ottt as ottt
from neurarium.learning.svd_projection import SVDProjection as SVDProjection
