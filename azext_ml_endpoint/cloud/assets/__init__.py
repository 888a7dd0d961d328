"""Models, code and environments of a workspace.

:mod:`.registration` finds or makes them, :mod:`.bodies` is what the service is told of them,
:mod:`.references` are the ids of those that a document only names, :mod:`.datastores` is where
their files go, :mod:`.deployment_templates` what the model of a registry brings along.
:mod:`.registries` is what registries have. :mod:`.catalogue` is what the commands for models and
environments call, :mod:`.fetching` what brings all these to this machine.
"""
