"""The coordinate classes, built once from the tables; ``halco`` exports them."""

from __future__ import annotations

from typing import Any

from .build import Builder
from .core import Enum
from .tables import all_specs

_builder = Builder(all_specs())

types: dict[str, Any] = _builder.types
"""All table-driven coordinate classes by name."""

specs = _builder.specs
"""The declarations of the classes, by name."""

enum_types: dict[str, type[Enum]] = {cls.__name__: cls for _, cls in sorted(_builder.enums.items())}
"""The linear numbers ``EnumRanged_<N>_`` by name, in ascending size."""
