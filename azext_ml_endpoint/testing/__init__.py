"""The tests that a document brings: sent to an endpoint, and their answers compared.

    tests: ── document ──> Check ── runner ──> Ask (a service's) ──> Answer
                             │                                        │
                             └────────────── comparing ───────────────┘
                                                 │
                                              Results ──> table, data, JUnit

- ``comparing`` says what is wrong with an answer; pure. ``generated`` knows the text of a stream.
- ``runner`` sends requests one after another, and measures. ``gate`` is for those who move traffic.
- ``collected`` reads requests that a data collector has written, ``replaying`` sends them again.
- ``results`` is what came of it, and ``junit`` writes it for CI.
"""
