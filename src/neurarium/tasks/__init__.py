"""Tasks: sources of data, real ones first; a generated set says so in its card.

How to choose:

- Images with labels (:class:`Images`): :func:`digits` needs no download and trains in seconds; :func:`mnist` is the set
  papers report on.
- One task after the other (:class:`Stream` of :class:`Experience`, over any images): :func:`split_stream` brings new
  classes, :func:`rotated_stream` neighbouring inputs, :func:`permuted_stream` unrelated inputs of the same pixels,
  :func:`mixed_stream` unrelated directions of the same geometry.
- The same images under labels that change: :func:`label_swap_stream`, one sample after the other.
- Trials as in the laboratory (:class:`Trials`, scored by :func:`accuracy`): :class:`PerceptualDecision` where rules
  compose, :class:`GoNoGo` and :class:`DelayedMemory` for holding back and holding on, :class:`OneChoiceMaze` where a
  goal must be kept and combined with an offer.
- Tasks to be found out from reward alone, by whole populations: :class:`TwoStimulusLogic`, 14 rules of two bits in
  succession (:class:`Lives` are what individuals meet).
- Graphs to be cut in two (:class:`MaxCut`): :func:`gset` is the set papers report on, :func:`enumerated_graphs` are
  small ones whose answer is known.
- A puzzle with one solution, to be found by reasoning: :class:`Sudoku` of four by four (:class:`Boards`).
- Objects to be told apart without labels (:class:`ObjectImages`): :func:`tetrominoes`, some of one colour.
- Places to be recognised again (:class:`Route`): :func:`photo_route`, whose views change in light, shift and noise.
- What an event camera sees (:class:`EventClips`; :func:`time_surface` and :func:`patches` read them):
  :func:`moving_photographs` where motion is asked for, :func:`digit_saccades` where the object is.
- Series with a target at every step (:class:`Series`, scored by :func:`nrmse` and :func:`capacities`), for reservoirs:
  :func:`memory_capacity` asks for linear memory alone, :func:`narma` for memory and products.
- Spikes with labels (:class:`SpikeTrains`): :func:`lagged_volleys` where nothing but timing tells the class,
  :func:`poisson_classes` where rates do, or what fires with what, :func:`markov_classes` where regularity does,
  :func:`event_digit_sums` where something must be kept over silence,
  :func:`spoken_digits` for real speech, :func:`spiking_speech` for the sets papers report on (SHD, SSC).
- Spikes out of values: :func:`rate_code` where noise may average out, :func:`latency_code` where few spikes must do,
  :func:`delta_code` for signals that change, :func:`population_code` in front of either for a single value.
- To act in, not to answer: :class:`CartPole`, many carts at once (:class:`CartPoleState`).
- Two streams that speak of one thing: :class:`AudioVisualSpeech`, sound in babble (:class:`AudioVisual`) and the lips.
- Words, or structure, or both, or neither (:class:`Conditions`): :func:`sentence_conditions`, to localise language.
- A cell to be imitated (:class:`NeuronIO`): :func:`dendritic_neuron`, whose branches are more than sums.
- Dissimilarities to be explained (:class:`RDM92`): :func:`rdm92`, of human brains and judgements, with models to try.
- Regions of the plane with so many pieces and holes (:class:`PlantedTopology`): :func:`planted_topology`.
- Known dynamics, to try a measure on or to predict: :func:`lorenz`, :func:`mackey_glass`.
"""

from neurarium.tasks._events import EventClips as EventClips
from neurarium.tasks._events import patches as patches
from neurarium.tasks._events import time_surface as time_surface
from neurarium.tasks._images import Images as Images
from neurarium.tasks._max_cut import MaxCut as MaxCut
from neurarium.tasks._neuron_io import NeuronIO as NeuronIO
from neurarium.tasks._planted import PlantedTopology as PlantedTopology
from neurarium.tasks._route import Route as Route
from neurarium.tasks._series import Series as Series
from neurarium.tasks._series import capacities as capacities
from neurarium.tasks._series import nrmse as nrmse
from neurarium.tasks._spike_trains import SpikeTrains as SpikeTrains
from neurarium.tasks._stream import Experience as Experience
from neurarium.tasks._stream import Stream as Stream
from neurarium.tasks._trials import Periods as Periods
from neurarium.tasks._trials import Trials as Trials
from neurarium.tasks._trials import accuracy as accuracy
from neurarium.tasks._unit_cube import unit_cube as unit_cube
from neurarium.tasks.audio_visual_speech import AudioVisual as AudioVisual
from neurarium.tasks.audio_visual_speech import AudioVisualSpeech as AudioVisualSpeech
from neurarium.tasks.cart_pole import CartPole as CartPole
from neurarium.tasks.cart_pole import CartPoleState as CartPoleState
from neurarium.tasks.delayed_memory import DelayedMemory as DelayedMemory
from neurarium.tasks.delta_code import delta_code as delta_code
from neurarium.tasks.dendritic_neuron import dendritic_neuron as dendritic_neuron
from neurarium.tasks.digit_saccades import digit_saccades as digit_saccades
from neurarium.tasks.digits import digits as digits
from neurarium.tasks.enumerated_graphs import enumerated_graphs as enumerated_graphs
from neurarium.tasks.event_digit_sums import event_digit_sums as event_digit_sums
from neurarium.tasks.go_nogo import GoNoGo as GoNoGo
from neurarium.tasks.gset import gset as gset
from neurarium.tasks.label_swap_stream import LabelSwaps as LabelSwaps
from neurarium.tasks.label_swap_stream import label_swap_stream as label_swap_stream
from neurarium.tasks.lagged_volleys import lagged_volleys as lagged_volleys
from neurarium.tasks.latency_code import latency_code as latency_code
from neurarium.tasks.lorenz import lorenz as lorenz
from neurarium.tasks.mackey_glass import mackey_glass as mackey_glass
from neurarium.tasks.markov_classes import markov_classes as markov_classes
from neurarium.tasks.memory_capacity import memory_capacity as memory_capacity
from neurarium.tasks.mixed_stream import mixed_stream as mixed_stream
from neurarium.tasks.mnist import mnist as mnist
from neurarium.tasks.moving_photographs import moving_photographs as moving_photographs
from neurarium.tasks.narma import narma as narma
from neurarium.tasks.one_choice_maze import OneChoiceMaze as OneChoiceMaze
from neurarium.tasks.perceptual_decision import PerceptualDecision as PerceptualDecision
from neurarium.tasks.permuted_stream import permuted_stream as permuted_stream
from neurarium.tasks.photo_route import photo_route as photo_route
from neurarium.tasks.planted_topology import planted_topology as planted_topology
from neurarium.tasks.poisson_classes import poisson_classes as poisson_classes
from neurarium.tasks.population_code import population_code as population_code
from neurarium.tasks.rate_code import rate_code as rate_code
from neurarium.tasks.rdm92 import RDM92 as RDM92
from neurarium.tasks.rdm92 import rdm92 as rdm92
from neurarium.tasks.rotated_stream import rotated_stream as rotated_stream
from neurarium.tasks.sentence_conditions import Conditions as Conditions
from neurarium.tasks.sentence_conditions import sentence_conditions as sentence_conditions
from neurarium.tasks.spiking_speech import spiking_speech as spiking_speech
from neurarium.tasks.split_stream import split_stream as split_stream
from neurarium.tasks.spoken_digits import spoken_digits as spoken_digits
from neurarium.tasks.sudoku import Boards as Boards
from neurarium.tasks.sudoku import Sudoku as Sudoku
from neurarium.tasks.tetrominoes import ObjectImages as ObjectImages
from neurarium.tasks.tetrominoes import tetrominoes as tetrominoes
from neurarium.tasks.two_stimulus_logic import Lives as Lives
from neurarium.tasks.two_stimulus_logic import TwoStimulusLogic as TwoStimulusLogic
