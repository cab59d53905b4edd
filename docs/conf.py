"""Settings of the documentation builder (Sphinx). The package has to be installed; no network is needed."""

from __future__ import annotations

import enum
import importlib.metadata
import re

from haldls.composite import Alias
from haldls.field import ArrayField, Field
from haldls.inspection import _places

project = "bss2"
author = "the bss2 authors"
copyright = "the bss2 authors, Apache-2.0"
release = importlib.metadata.version("bss2")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
root_doc = "index"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

toc_object_entries = False  # thousands of fields

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_ivar = True

# Words in the type of a parameter, such as the "words" of "(n, words)", are no references.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = "bss2"
html_show_sourcelink = False


def _skip(app, what, name, thing, skip, options):
    """Leave out linear number types, and names of the coordinate package that `halco.common` repeats."""
    if name.startswith("EnumRanged_") or name == "int_implicit":
        return True
    if isinstance(thing, (Alias, Field)) and not name.startswith("_"):
        return False
    module = getattr(app.env.current_document, "autodoc_module", "")
    return True if module == "halco.common" and getattr(thing, "__module__", module) != module else None


def _describe_field(app, what, name, thing, options, lines):
    """Put type and place of a register field before its text."""
    field = thing.field if isinstance(thing, Alias) else thing
    if not isinstance(field, Field):
        return
    names = [f"``{key.__name__}``" for key in field.keys] if isinstance(field, ArrayField) else []
    keys = f", for each {' and '.join(names)}" if names else ""
    place = "" if thing is not field or field.index is not None else f"; ``{_places(field.location)}``"
    lines[:0] = [f"{field.type.expected()}{keys}{place}", ""]


def _list_members(app, what, name, thing, options, lines):
    """List the members of an enumeration with their numbers."""
    if isinstance(thing, type) and issubclass(thing, enum.IntEnum):
        lines += ["", ", ".join(f"``{member.name}`` = {int(member)}" for member in thing)]


def _plain(app, what, name, thing, options, lines):
    """A word that ends in an underscore is no reference."""
    lines[:] = [line if "`" in line else re.sub(r"(?<=\w)_(?!\w)", r"\_", line) for line in lines]


def setup(app):
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-docstring", _plain, priority=400)
    app.connect("autodoc-process-docstring", _list_members, priority=401)
    app.connect("autodoc-process-docstring", _describe_field, priority=401)  # before napoleon reads the text
