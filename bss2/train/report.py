"""Pages about a training: one file with everything in it."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bss2.train import checkpoint, figures
from bss2.train.trainer import Trainer

PAGE_FILE = "index.html"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
img { max-width: 100%; } table { border-collapse: collapse; }
td, th { padding: .15rem .9rem .15rem 0; text-align: left; vertical-align: top; }
.facts td:first-child { color: #666; }
"""


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    title, text : str
        Plain text.
    figure : matplotlib.figure.Figure, optional
        Picture below the text.
    facts : sequence of (str, str)
        Table below the picture.
    """

    title: str
    text: str = ""
    figure: Any = None
    facts: Sequence[tuple[str, str]] = ()

    def __str__(self) -> str:
        parts = [f"<h2>{html.escape(self.title)}</h2>"]
        if self.text:
            parts.append(f"<p>{html.escape(self.text)}</p>")
        if self.figure is not None:
            parts.append(f'<img alt="{html.escape(self.title)}" src="data:image/png;base64,{_png(self.figure)}">')
        if self.facts:
            rows = (f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>" for name, value in self.facts)
            parts.append(f'<table class="facts">{"".join(rows)}</table>')
        return "\n".join(parts)


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """A page of HTML that needs no other file."""
    body = "\n".join(str(section) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{html.escape(title)}</h1>\n<p>{html.escape(lead)}</p>\n{body}\n"
        "</body></html>\n"
    )


def write_page(folder: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write a page into a folder; gives its file."""
    file = folder / PAGE_FILE
    checkpoint.write(file, lambda stream: stream.write(page(title, lead, sections).encode()))
    return file


def write_report(trainer: Trainer, folder: Path) -> Path:
    """Page about any training; gives its file."""
    last = f" After {len(trainer.history)} epochs: {trainer.history[-1]}." if trainer.history else ""
    sections = [*training_sections(trainer), settings_section(trainer.task.settings)]
    return write_page(folder, f"Training: {trainer.task.name}", f"Trained {_where(trainer)}.{last}", sections)


def training_sections(trainer: Trainer) -> list[Section]:
    """Curves of loss and accuracy, and the confusion of classes."""
    if not trainer.history:
        return []
    sections = [Section("Loss and accuracy", figure=figures.curves(trainer.history))]
    if int(trainer.confusion.sum()):
        sections.append(Section(
            "Answers", "Test samples by right class and answer, in the last epoch.",
            figures.confusion(trainer.confusion.numpy()),
        ))
    return sections


def settings_section(settings: Any) -> Section:
    """Table of all settings."""
    return Section("Settings", facts=[(field.name, str(getattr(settings, field.name))) for field in fields(settings)])


def _where(trainer: Trainer) -> str:
    chip = trainer.task.settings.chip
    if chip is None:
        return "on the host"
    return "on the simulated chip without mismatch" if chip == "ideal" else f"on the simulated chip with seed {chip}"


def _png(figure: Any) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    return base64.b64encode(stream.getvalue()).decode()
