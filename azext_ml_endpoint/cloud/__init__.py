"""The driver for Azure Machine Learning: steps become requests to Azure Resource Manager.

:mod:`.arm` is the only door to ARM, :mod:`.blobs` the only one to storage; :mod:`.contract` is the
shape of both. :mod:`.wire` translates between the document's dataclasses and ARM's JSON,
:mod:`.assets` registers models, code and environments, :mod:`.operations` follows what takes
minutes, :mod:`.driver` makes steps true, and :mod:`.service` is what the commands call.
"""
