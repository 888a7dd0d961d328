"""From what is wanted and what is there to the steps between them, and their execution.

:mod:`.steps` and :mod:`.observed` are data, :mod:`.planner` is a pure function over them,
:mod:`.executor` runs a plan on a :class:`.driver.Driver`.
"""
