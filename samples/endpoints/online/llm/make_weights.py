"""Writes a model of random weights: small enough to try everything with, and good for nothing else.

    python make_weights.py model/tiny.gguf

It has the form of a Llama, in llama.cpp's own format (GGUF, version 3), with a token for each byte.
The same file comes out every time, so that it is uploaded once. Needs nothing but Python.
"""

from __future__ import annotations

import math
import random
import struct
import sys
from pathlib import Path

WIDTH, HEADS, INNER, CONTEXT = 32, 2, 64, 512
TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581"]
UNKNOWN, CONTROL, BYTE, NORMAL = 2, 3, 6, 1
KINDS = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, NORMAL]
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
FACTS: dict[str, object] = {
    "general.architecture": "llama",
    "general.name": "tiny",
    "llama.context_length": CONTEXT,
    "llama.embedding_length": WIDTH,
    "llama.block_count": 1,
    "llama.feed_forward_length": INNER,
    "llama.attention.head_count": HEADS,
    "llama.attention.head_count_kv": HEADS,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.dimension_count": WIDTH // HEADS,
    "llama.vocab_size": len(TOKENS),
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.scores": [0.0] * len(TOKENS),
    "tokenizer.ggml.token_type": KINDS,
    "tokenizer.ggml.unknown_token_id": 0,
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.ggml.add_space_prefix": False,
    "tokenizer.chat_template": TEMPLATE,
}
SHAPES = {
    "token_embd.weight": (len(TOKENS), WIDTH),
    "output_norm.weight": (WIDTH,),
    "blk.0.attn_norm.weight": (WIDTH,),
    "blk.0.ffn_norm.weight": (WIDTH,),
    **{f"blk.0.attn_{part}.weight": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")},
    "blk.0.ffn_gate.weight": (INNER, WIDTH),
    "blk.0.ffn_up.weight": (INNER, WIDTH),
    "blk.0.ffn_down.weight": (WIDTH, INNER),
}
U32, I32, F32, BOOL, TEXT, LIST = 4, 5, 6, 7, 8, 9
SINGLE, HALF = 0, 1
ALIGNED = 32


def main(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gguf())


def gguf() -> bytes:
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(SHAPES), len(FACTS))
    head += b"".join(text(name) + typed(value) for name, value in FACTS.items())
    infos, content = b"", b""
    chance = random.Random(7)
    for name, shape in SHAPES.items():
        dimensions = shape[::-1]
        kind = HALF if len(shape) > 1 else SINGLE
        infos += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *dimensions)
        infos += struct.pack("<IQ", kind, len(content))
        content += padded(weights(shape, chance))
    return padded(head + infos) + content


def weights(shape: tuple[int, ...], chance: random.Random) -> bytes:
    """Of a norm, ones."""
    if len(shape) == 1:
        return struct.pack(f"<{shape[0]}f", *[1.0] * shape[0])
    count, scale = math.prod(shape), 1 / math.sqrt(shape[-1])
    return struct.pack(f"<{count}e", *(chance.gauss(0, scale) for _ in range(count)))


def typed(value: object, whole: int = U32) -> bytes:
    if isinstance(value, list):
        items = [typed(each, whole=I32) for each in value]
        kind, size = items[0][:4], struct.pack("<Q", len(items))
        return struct.pack("<I", LIST) + kind + size + b"".join(each[4:] for each in items)
    if isinstance(value, str):
        return struct.pack("<I", TEXT) + text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", BOOL, value)
    if isinstance(value, float):
        return struct.pack("<If", F32, value)
    return struct.pack("<II", whole, value)


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % ALIGNED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
