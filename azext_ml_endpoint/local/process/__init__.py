"""Deployments as processes of this machine, for where there is no Docker.

:mod:`.runtime` is what the driver works with; :mod:`.environments` installs what a conda file
asks for, :mod:`.server` starts a scoring server that outlives az, :mod:`.state` remembers it.
"""
