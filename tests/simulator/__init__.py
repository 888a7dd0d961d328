"""A program that answers as Azure Machine Learning does, because no test can reach Azure.

The core is pure: :meth:`.simulator.Simulator.handle` turns a :class:`.message.Request` into a
:class:`.message.Reply`. :mod:`.routes` finds who answers, :mod:`.fields` says which fields a body
may have, :mod:`.operations` is what takes minutes, and one module per kind of resource holds its
rules. :mod:`.journal` remembers all that was asked, :mod:`.faults` makes things go wrong.

Where Azure's behaviour is known from recordings or documents, it is copied, refusals included,
with the source beside it. What nobody has seen is in :mod:`.assumptions`.
"""
