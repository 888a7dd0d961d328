"""One short function per command: arguments, request, one call, plain data.

az builds the options from the functions' signatures, so parameter names are part of the
command line's definition; see :mod:`azext_ml_endpoint.cli`. Only ``place`` is no option: it is
made of several. A parameter must not be called ``deployment_name``: az gives that name a default
of its own in every command.
"""
