"""Cost: what a computation takes, counted at operator level.

Every operator that torch runs is seen, so attention, recurrent cells and functional code count like layers do; what
cannot be seen through is named. Start with :func:`operations`; :func:`energy` prices what it counted. To compare a
spiking and a graded network look at effective MACs and ACs apart: a spike saves the multiplication only.
"""

from neurarium.cost._energy_tables import HOROWITZ_FLOAT16 as HOROWITZ_FLOAT16
from neurarium.cost._energy_tables import HOROWITZ_FLOAT32 as HOROWITZ_FLOAT32
from neurarium.cost._energy_tables import HOROWITZ_INT8 as HOROWITZ_INT8
from neurarium.cost._energy_tables import HOROWITZ_INT32 as HOROWITZ_INT32
from neurarium.cost._energy_tables import EnergyTable as EnergyTable
from neurarium.cost._tally import Operations as Operations
from neurarium.cost._tally import OperatorCount as OperatorCount
from neurarium.cost._tally import Uncounted as Uncounted
from neurarium.cost.energy import energy as energy
from neurarium.cost.operations import operations as operations
