"""A container's log as lines."""

from __future__ import annotations

from collections.abc import Iterator

from azext_ml_endpoint.local.docker.contract import Chunks


class LogLines:
    """Lines of text out of the pieces that Docker sends, which may begin and end anywhere.

    Bytes that are not UTF-8 are kept as surrogates (PEP 383). Any thread may close it; the
    iteration then ends.
    """

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._lines = self._cut()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def close(self) -> None:
        self._chunks.close()

    def _cut(self) -> Iterator[str]:
        begun: list[bytes] = []  # joined once: a line may be as long as the log
        for chunk in self._chunks:
            first, *others = chunk.split(b"\n")
            begun.append(first)
            if others:
                yield from map(_text, [b"".join(begun), *others[:-1]])
                begun = others[-1:]
        if rest := b"".join(begun):
            yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")
