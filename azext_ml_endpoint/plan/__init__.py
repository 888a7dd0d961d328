"""From what is wanted and what is there to the steps between them, and their execution.

:mod:`.steps` and :mod:`.observed` are data, :mod:`.planner` is a pure function over them,
:mod:`.executor` runs a plan on a :class:`.driver.Driver`.

Around these: :mod:`.fit` says what a file means for what is there (:mod:`.twins`, the
:mod:`.own_tags`), :mod:`.planned` has all that is to be told of a plan, :mod:`.changes` field by
field; :mod:`.picture` tells it, :mod:`.saved` keeps it in a file, :mod:`.proof` carries it out with
tests in between. :mod:`.history` and :mod:`.under_way` are what is kept on an endpoint.
"""
