"""Deployments as containers. :mod:`.engine` is the only door to Docker, :mod:`.contract` its shape.

:mod:`.runtime` is what the driver works with; :mod:`.image` makes environments, and
:mod:`.container` says what is in a container and reads it back.
"""
