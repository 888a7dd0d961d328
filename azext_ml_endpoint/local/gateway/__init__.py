"""One address for each local endpoint, whatever becomes of its deployments.

    <home>/gateways/<endpoint>.<runtime>/gateway.json   its port, and the token for questions to it
                                         routes.json    who answers, how often, who may ask
                                         credentials.json   what opens it: :mod:`.credentials`
                                         run/           the process: see :mod:`..process.server`
    <home>/gateway-environments/<digest>/               what :mod:`.proxy` runs on: aiohttp, …

:mod:`.gateways` is what the driver works with. The process itself is :mod:`.__main__` and the
modules of :data:`.proxy.PROGRAM`: :mod:`.serving` listens, :mod:`.proxy` passes requests on by way
of :mod:`.upstream` to whom :mod:`.routing` chooses, :mod:`.mirroring` copies them, and
:mod:`.as_azure` with :mod:`.limits` does what Azure does, where an endpoint simulates it. A gateway
is a process of its own that outlives az; whoever looks at an endpoint starts it again where it is
gone.
"""
