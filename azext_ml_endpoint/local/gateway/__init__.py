"""One address for each local endpoint, whatever becomes of its deployments.

    <home>/gateways/<endpoint>.<runtime>/gateway.json   its port, and the token for questions to it
                                         routes.json    who answers, and how often
                                         run/           the process: see :mod:`..process.server`
    <home>/gateway-environments/<digest>/               what :mod:`.proxy` runs on: aiohttp

:mod:`.gateways` is what the driver works with. A gateway is a process of its own that outlives az;
whoever looks at an endpoint starts it again where it is gone.
"""
