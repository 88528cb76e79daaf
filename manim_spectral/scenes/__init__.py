"""Our own scenes, importable wherever the package is: `from manim_spectral.scenes.sampling import Sampling`.

In a checkout their files lie in `scenes/` at its top, where `manim -pql scenes/sampling.py` finds them; in an
installed package they lie beside this file. Nothing is ever imported under the bare name `scenes`, which many
people's own projects use.
"""

from pathlib import Path

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[1] / "scenes"
if not (_HERE / "sampling.py").is_file() and (_CHECKOUT / "sampling.py").is_file():
    __path__ = [str(_CHECKOUT)]

FOLDER = Path(__path__[0])
