"""Nets: compounds of atoms; they never assume a learning rule.

What belongs here: how units are joined, and the price of joining them. The sub-room says how they are joined:
``recurrent`` holds units that feed back on each other. Initial weights are an argument that is a function
``(shape, generator) -> tensor``: :func:`orthogonal` keeps the norm of what it carries (long memory, fast
training), :func:`gaussian` is the random network of theory (`gain` above one is chaotic; set it with
``functools.partial``).
"""

from neurarium.nets._init import Init as Init
from neurarium.nets._init import gaussian as gaussian
from neurarium.nets._init import orthogonal as orthogonal
