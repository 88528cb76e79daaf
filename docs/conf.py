"""How the documentation is built: `make docs`. Nothing that a page needs lies outside the built folder."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from manim.utils.docbuild import manim_directive
from numpy.typing import ArrayLike
from sphinx.application import Sphinx
from sphinx.util import inspect
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import stringify_signature
from sphinx.util.typing import stringify_annotation

ARRAY = re.compile(r"~numpy\.ndarray\[tuple\[~?typing\.Any, \.\.\.\], ~numpy\.dtype\[~numpy\.([^\]]*)\]\]")
ARRAY_LIKE = stringify_annotation(ArrayLike, "smart")

project = "Spectral autoregression"
author = copyright = "spectral-autoregression authors"
release = version = version_of("spectral-autoregression")

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_click"]
exclude_patterns = ["_build"]
default_role = "py:obj"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
maximum_signature_line_length = 80

html_theme = "furo"
html_title = project
html_static_path = ["_static", "../manim_spectral/fonts"]
pygments_dark_style = "a11y-high-contrast-dark"
html_css_files = ["pages.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_search_summary = False  # a page opened from disk may not fetch others


class Room(SphinxDirective):
    """`.. room:: spectral.signal`: the theory and the public names of each module in a room of a package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        room = self.arguments[0]
        package = import_module(room.partition(".")[0])
        modules = defaultdict(list)
        for name in package.__all__:
            value = getattr(package, name)
            module = getattr(value, "__module__", "")
            if module == room or module.startswith(f"{room}."):
                modules[module].append((name, value))
        if not modules:
            raise self.error(f"{room}: no public name of {package.__name__} comes from there")
        lines: list[str] = []
        for module, found in modules.items():
            title = module.rpartition(".")[2].replace("_", " ").capitalize()
            lines += [title, "-" * len(title), "", f".. automodule:: {module}", "   :no-index:", ""]
            for name, value in found:
                if isinstance(value, type):
                    lines += [f".. autoclass:: {package.__name__}.{name}", "   :members:", ""]
                else:
                    lines += [f".. autofunction:: {package.__name__}.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def literal_formulas(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """What a docstring sets in by four spaces, before its sections, stands as it is written."""
    kept: list[str] = []
    for i, line in enumerate(lines):
        if set(line.strip()) == {"-"}:
            lines[:] = [*kept, *lines[i:]]
            return
        above = next((text for text in reversed(kept) if text.strip()), "")
        opens = line.startswith("    ") and not kept[-1] and not above.startswith((" ", ".. "))
        kept += ["::", "", line] if opens and not above.endswith("::") else [line]
    lines[:] = kept


def literal_lines(app: Sphinx, context: object, lines: list[str]) -> None:
    """The lines of a command's help that click is told to leave as they are, `| ...` here, likewise."""
    kept: list[str] = []
    for line in lines:
        if line.startswith("|"):
            kept += [] if kept and kept[-1].startswith("    ") else ["", "::", ""]
            kept.append(f"    {line[2:]}")
        else:
            kept += ["", line] if kept and kept[-1].startswith("    ") else [line]
    lines[:] = kept


def short_types(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str, returns: str
) -> tuple[str, str]:
    """Types by the names that the sources give them, where Python has only what they stand for."""
    if what == "class" and "use_override" in (signature or ""):  # an Animation's: manim's own `__new__`
        signature = stringify_signature(inspect.signature(obj.__init__, bound_method=True))
    texts = (
        text and text.replace(ARRAY_LIKE, "ArrayLike").replace("<factory>", "...")
        for text in (signature, returns)
    )
    return tuple(
        text and ARRAY.sub(lambda found: f"NDArray[{found[1].replace('~numpy.', '')}]", text)
        for text in texts
    )


def inline_math(self, node: nodes.math) -> None:
    self.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def displayed_math(self, node: nodes.math_block) -> None:
    self.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    # Not manim's own set-up of its directive: that adds a script which runs the examples on a server.
    manim_directive.setup.app, manim_directive.setup.config = app, app.config
    manim_directive.setup.confdir = app.confdir
    manim_directive.rendering_times_file_path = Path(app.outdir).parent / "rendering_times.csv"
    app.add_directive("manim", manim_directive.ManimDirective)
    app.add_directive("room", Room)
    app.add_html_math_renderer("mathml", (inline_math, None), (displayed_math, None))
    app.connect("autodoc-process-docstring", literal_formulas, priority=400)  # before numpydoc
    app.connect("autodoc-process-signature", short_types)
    app.connect("sphinx-click-process-description", literal_lines)
