"""Containers as JSON and as bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

from haldls.container import Encodable

MAGIC = b"BSS2HAL1"


def to_portablebinary(container: Encodable) -> bytes:
    """Register image of a container with its type name, as bytes."""
    name = type(container).__name__.encode()
    image = container._to_bytes()
    return MAGIC + bytes([len(name)]) + name + len(image).to_bytes(8, "little") + image


def from_portablebinary(container: Encodable, data: bytes) -> None:
    """Load bytes of `to_portablebinary` into a container of the same type, in place.

    Raises
    ------
    ValueError
        Foreign, truncated or longer data, or another container type.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("not a container: the data does not begin with the magic number")
    body = data[len(MAGIC) :]
    length = body[0] if body else 0
    name, rest = body[1 : 1 + length].decode(errors="replace"), body[1 + length :]
    if name != type(container).__name__:
        raise ValueError(f"the data holds a {name}, not a {type(container).__name__}")
    expected, image = int.from_bytes(rest[:8], "little"), rest[8:]
    if len(rest) < 8 or expected != len(image):
        raise ValueError(f"{name}: {expected} bytes announced, {len(image)} found")
    container._from_bytes(image)


def to_json(container: Encodable) -> str:
    """Type and register image of a container, and its fields for the reader's eye."""
    image = base64.b64encode(container._to_bytes()).decode()
    return json.dumps({"type": type(container).__name__, "image": image, "text": repr(container)})


def from_json(container: Encodable, text: str) -> None:
    """Load the text of `to_json` into a container of the same type, in place.

    Raises
    ------
    ValueError
        Not such a text, or another container type.
    """
    try:
        content: Any = json.loads(text)
        name, image = content["type"], base64.b64decode(content["image"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the JSON form of a container: {error}") from error
    if name != type(container).__name__:
        raise ValueError(f"the text holds a {name}, not a {type(container).__name__}")
    container._from_bytes(image)
