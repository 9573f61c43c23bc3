"""The Jinja environment: our own templates, every value escaped."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

import jinja2


@functools.lru_cache
def environment() -> jinja2.Environment:
    """Return the environment of the templates; a name that a template lacks is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("custinsight.report", "template"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.lru_cache
def stylesheet(name: str) -> str:
    """Read a stylesheet of the template folder without comments and indentation."""
    text = files("custinsight.report").joinpath("template", name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()
