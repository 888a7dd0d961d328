"""Pure translation between the document's dataclasses and ARM's JSON of api-version 2025-12-01.

:mod:`.endpoint` and :mod:`.deployment` make the bodies of requests from what is wanted, and what
the planner compares from the bodies of answers. :mod:`.dump` makes what `show` prints.
:mod:`.values` are the spellings of single values. Nothing here sends anything.
"""
