"""What pyproject.toml has no words for: in a package that is installed, the scenes lie inside the plugin.

In a checkout they lie in `scenes/`, where manim opens them; `manim_spectral/scenes/__init__.py` finds them in
either place.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PACKAGE = "manim_spectral.scenes"


class BuildWithScenes(build_py):
    """Takes the files in `scenes/` for modules of PACKAGE, into a wheel and into a source distribution."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        found = super().find_package_modules(package, package_dir)
        if package == PACKAGE:
            found += [(package, file.stem, str(file)) for file in sorted(Path("scenes").glob("*.py"))]
        return found


setup(cmdclass={"build_py": BuildWithScenes})
