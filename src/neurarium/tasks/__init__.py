"""Tasks: sources of data, real ones first; a generated set says so in its card.

How to choose:

- Images with labels (:class:`Images`): :func:`digits` needs no download and trains in seconds; :func:`mnist` is the set
  papers report on.
- One task after the other (:class:`Stream` of :class:`Experience`, over any images): :func:`split_stream` brings new
  classes, :func:`rotated_stream` neighbouring inputs, :func:`permuted_stream` unrelated inputs of the same pixels,
  :func:`mixed_stream` unrelated directions of the same geometry.
- Trials as in the laboratory (:class:`Trials`, scored by :func:`accuracy`): :class:`PerceptualDecision` where rules
  compose, :class:`GoNoGo` and :class:`DelayedMemory` for holding back and holding on, :class:`OneChoiceMaze` where a
  goal must be kept and combined with an offer.
- Known dynamics, to try a measure on: :func:`lorenz`.
"""

from neurarium.tasks._images import Images as Images
from neurarium.tasks._stream import Experience as Experience
from neurarium.tasks._stream import Stream as Stream
from neurarium.tasks._trials import Periods as Periods
from neurarium.tasks._trials import Trials as Trials
from neurarium.tasks._trials import accuracy as accuracy
from neurarium.tasks._unit_cube import unit_cube as unit_cube
from neurarium.tasks.delayed_memory import DelayedMemory as DelayedMemory
from neurarium.tasks.digits import digits as digits
from neurarium.tasks.go_nogo import GoNoGo as GoNoGo
from neurarium.tasks.lorenz import lorenz as lorenz
from neurarium.tasks.mixed_stream import mixed_stream as mixed_stream
from neurarium.tasks.mnist import mnist as mnist
from neurarium.tasks.one_choice_maze import OneChoiceMaze as OneChoiceMaze
from neurarium.tasks.perceptual_decision import PerceptualDecision as PerceptualDecision
from neurarium.tasks.permuted_stream import permuted_stream as permuted_stream
from neurarium.tasks.rotated_stream import rotated_stream as rotated_stream
from neurarium.tasks.split_stream import split_stream as split_stream
