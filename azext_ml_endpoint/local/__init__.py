"""Endpoints on this machine.

:mod:`.looking` tells what is there. :mod:`.driver` adds what changes it, and owns the cycle: a new
instance is started beside the old one, proven ready, and only then takes its place. Both work
through a :class:`.runtime.Runtime`, of which there are two, :mod:`.docker` and :mod:`.process`.
Before them stands :mod:`.gateway`, the one address. :mod:`.warm` makes starts short, :mod:`.debug`
and :mod:`.collect` are for the script, and :mod:`.diagnosis` tells what went wrong.

What they keep on disk are build contexts and cached assets under ``<az config dir>/ml-endpoint``.
"""
