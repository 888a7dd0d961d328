"""How long an endpoint takes to answer, when it is asked again and again.

``latencies`` keeps times in little room, ``tally`` counts what came, ``load`` asks, by as many at
once as are wanted, and ``figures`` says what came of it: as data, and as a picture.
"""
