"""What the user wrote, in four stages.

:mod:`.source` reads text into :class:`.node.Node` trees that know every value's place, resolves
``${VAR}``, ``file:`` references and ``--set``; :mod:`.validate` finds all that is wrong with a
tree; :mod:`.complete` turns a sound tree into the frozen dataclasses of :mod:`.model`;
:mod:`.load` runs the stages. This package reads files and does nothing else to the world.
"""
