"""A program that answers as Azure Machine Learning does, because no test can reach Azure.

The core is pure: :meth:`.simulator.Simulator.handle` turns a :class:`.message.Request` into a
:class:`.message.Reply`. :mod:`.routes` finds who answers, :mod:`.fields` says which fields a body
may have, :mod:`.operations` is what takes minutes, and one module per kind of resource holds its
rules. What was recorded of the service has its source beside it, and what was not seen is in
:mod:`.assumptions`. :mod:`.journal` remembers all that was asked, :mod:`.faults` makes things go wrong.

Where Azure's behaviour is known from recordings or documents, it is copied, refusals included.
"""
