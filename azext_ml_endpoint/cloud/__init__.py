"""The driver for Azure Machine Learning: steps become requests to Azure Resource Manager.

:mod:`.arm` is the only door to ARM, :mod:`.blobs` the only one to storage; :mod:`.contract` is the
shape of both. :mod:`.wire` translates between the document's dataclasses and ARM's JSON,
:mod:`.assets` registers models, code and environments.

:mod:`.driver` looks at what is there. :mod:`.writes` is what each step of a plan becomes on the
wire; :mod:`.execution` sends that by :mod:`.sending`, or :mod:`.template` hands it over where
nobody waits.

:mod:`.service` is what the commands for endpoints call: :mod:`.live` reads what is there,
:mod:`.access` gets keys and tokens, :mod:`.logs` and :mod:`.waiting` do what they are called.
"""
