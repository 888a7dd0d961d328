"""The certificates of the simulated hosts, from an authority that lives as long as its folder."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import trustme


class Authority:
    """``bundle``: a PEM file for REQUESTS_CA_BUNDLE and SSL_CERT_FILE."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.bundle = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.bundle)
        self.context = cache(self._context)

    def _context(self, host: str) -> ssl.SSLContext:
        """What a server needs that answers as ``host``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(host).configure_cert(context)
        return context

    def files(self, *hosts: str) -> tuple[Path, Path]:
        """PEM files for another program: the certificate with its chain, and the key."""
        issued = self._ca.issue_cert(*hosts)
        certificate, key = self._folder / f"{hosts[0]}.pem", self._folder / f"{hosts[0]}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)
        return certificate, key
