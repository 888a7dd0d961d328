"""The driver for Azure Machine Learning: steps become requests to Azure Resource Manager.

:mod:`.arm` is the only door to ARM, :mod:`.blobs` the only one to storage; :mod:`.contract` is the
shape of both. :mod:`.wire` translates between the document's dataclasses and ARM's JSON,
:mod:`.assets` registers models, code and environments, :mod:`.template` hands over what nobody
waits for, :mod:`.driver` makes steps true.

:mod:`.service` is what the commands for endpoints call: :mod:`.live` reads what is there,
:mod:`.access` gets keys and tokens, :mod:`.scoring_errors` explains what an endpoint refuses,
:mod:`.logs` and :mod:`.waiting` do what they are called.
"""
