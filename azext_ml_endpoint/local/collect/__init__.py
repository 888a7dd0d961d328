"""The data that deployments collect on this machine.

:mod:`.collection` says what of it and where, :mod:`.sidecar` stands beside a server whose script
collects, and :mod:`.collector` is what both are given. What passes the gateway is its own to write.
"""
