"""The door to storage: :class:`BlobStore` is the real :class:`..contract.Blobs`.

store     one store for a command: connections, progress, cancelling
upload    how an upload goes, against the protocol BlobService
transfer  what is missing, and in which blocks it goes; pure
progress  how far it is; pure
service   BlobService with azure.storage.blob
access    the credential of a container, renewed in time
session   HTTP connections that can be stopped
errors    what storage's refusals mean; pure
"""

from azext_ml_endpoint.cloud.blobs.store import BlobStore

__all__ = ["BlobStore"]
