"""What the scene tests share: runs of known statistics, a stage without waiting, boxes, golden frames."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import wiener_sampler
from manim import FadeIn, FadeOut, MathTypst, Mobject, Text, VMobject, config, tempconfig
from manim.animation.animation import prepare_animation
from manim_spectral.scenes.sampling import Sampling
from PIL import Image

from manim_spectral import theme
from manim_spectral.chapters.clips.order_chart import OrderChart
from manim_spectral.chapters.equilibrium.ridge import Ridge
from manim_spectral.chapters.refinement.share_map import ShareMap
from manim_spectral.chapters.schedule.time_bar import TimeBars
from manim_spectral.chapters.schedule.time_plane import TimePlane
from manim_spectral.mobjects.badge import Badge
from manim_spectral.mobjects.band_rack import BandCell
from manim_spectral.mobjects.legend import Legend
from manim_spectral.mobjects.panel import PicturePanel
from manim_spectral.mobjects.picture import Picture
from manim_spectral.mobjects.readout import Readout
from manim_spectral.mobjects.spectrum_plot import SpectrumPlot
from manim_spectral.mobjects.timeline import Timeline
from manim_spectral.mobjects.writing_map import WritingMap
from manim_spectral.stage.camera import StageCamera
from manim_spectral.stage.clock import Clock
from manim_spectral.stage.run_scene import RunScene
from manim_spectral.stage.stage import Stage
from spectral import Trajectory, radial_frequency

GOLDEN = Path(__file__).parent / "golden"
FRAMES = {"wide": (854, 480), "square": (640, 640), "tall": (480, 854)}


# -- runs ---------------------------------------------------------------------------------------------------


def gaussian_spectrum(side: int) -> np.ndarray:
    """f^-2 on the DFT grid of a square picture of standard deviation 0.4."""
    freq = radial_frequency((side, side))
    freq[0, 0] = 1 / side
    return 0.16 * freq**-2 / (freq**-2).mean()


@lru_cache(maxsize=2)
def gaussian_run(
    side: int,
    *,
    steps: int,
    eta: float = 1.0,
    channels: int = 3,
    log_snr: tuple[float, float] = (-10.0, 6.0),
    source: str = "red panda",
    origin: str = "bridge",
) -> Trajectory:
    """What the ideal denoiser makes of a Gaussian picture, with the words that a real run would carry."""
    words = {"modality": "image", "origin": origin, "source": source, "model": "photos-64"}
    return wiener_run(
        gaussian_spectrum(side),
        steps=steps,
        eta=eta,
        channels=channels,
        log_snr=log_snr,
        seed=side + steps,
        **words,
    )


def wiener_run(
    spectrum: np.ndarray,
    *,
    steps: int = 8,
    eta: float = 1.0,
    channels: int = 1,
    log_snr: tuple[float, float] = (-10.0, 6.0),
    seed: int = 0,
    **metadata,
) -> Trajectory:
    """What the ideal denoiser makes of a Gaussian signal with this power spectrum."""
    alpha, sigma = wiener_sampler.variance_preserving(np.linspace(*log_snr, steps))
    run = wiener_sampler.run(spectrum, alpha, eta=eta, channels=channels, seed=seed)
    return Trajectory(
        **run._asdict(),
        alpha=alpha,
        sigma=sigma,
        timestep=np.linspace(999, 0, steps).round().astype(int),
        stochastic=eta > 0,
        scheduler="DDPMScheduler",
        eta=eta,
        **metadata,
    )


def picture_spectrum(rows: int, columns: int, *, exponent: float = 2.0) -> np.ndarray:
    """f^-exponent on the DFT grid of a picture of standard deviation 0.4."""
    freq = radial_frequency((rows, columns))
    freq[0, 0] = 1 / min(rows, columns)
    return 0.16 * freq**-exponent / (freq**-exponent).mean()


def speech_spectrum(samples: int, *, sr: int) -> np.ndarray:
    """Peaked near 220 Hz with a lesser hump near 2.2 kHz and a faint one near 5, on the DFT grid of a clip:
    what a voice's average spectrum is like, and no power law."""
    octave = np.log2(np.maximum(np.abs(np.fft.fftfreq(samples, 1 / sr)), 1.0))
    humps = [(220, 1.1, 1.0), (2200, 0.8, 0.02), (5000, 0.4, 3e-4)]
    power = 1e-6 + sum(
        height * np.exp(-0.5 * ((octave - np.log2(middle)) / width) ** 2) for middle, width, height in humps
    )
    return 0.015 * power / power.mean()


MEL = {"sr": 16000, "n_fft": 1024, "hop_length": 256, "n_mels": 64, "fmin": 0.0, "fmax": 8000.0}
MEL |= {"low_db": -60.0, "high_db": 20.0}


@lru_cache(maxsize=16)
def run_of(kind: str) -> Trajectory:
    """A short run of each kind of signal that the stage shows."""
    hub = {"origin": "free", "model": "stabilityai/stable-diffusion-xl-base-1.0"}
    clip = {"modality": "waveform", "log_snr": (-6.0, 14.0)}
    mel = {"modality": "mel", "mel": MEL, "sample_rate": 16000, "origin": "bridge", "source": "a voice"}
    match kind:
        case "landscape":
            return wiener_run(picture_spectrum(36, 60), modality="image", model="grey")
        case "panorama":
            return wiener_run(picture_spectrum(32, 128), channels=3, modality="image", model="wide")
        case "portrait":
            return wiener_run(picture_spectrum(80, 34), channels=3, modality="image", model="tall")
        case "latents":
            flat = picture_spectrum(32, 32, exponent=1.2)
            return wiener_run(flat, channels=4, modality="image", space="latent", **hub)
        case "decoded":
            return wiener_run(picture_spectrum(64, 64), channels=3, modality="image", space="decoded", **hub)
        case "mel":
            return wiener_run(picture_spectrum(64, 64, exponent=2.2), model="mel-64", **mel)
        case "long mel":
            return wiener_run(picture_spectrum(64, 256, exponent=2.2), model="mel-64", **mel)
        case "speech":
            voice = {"sample_rate": 16000, "model": "speech-16k", "origin": "bridge", "source": "a voice"}
            return wiener_run(speech_spectrum(16384, sr=16000), steps=24, **clip, **voice)
        case "stereo":
            wide = {"sample_rate": 48000, "channels": 2, "model": "music"}
            return wiener_run(speech_spectrum(24000, sr=48000), **clip, **wide)
        case "clip of no rate":
            return wiener_run(speech_spectrum(4096, sr=8000), model="waves", **clip)
        case "latents of sound":
            flat = {"channels": 16, "space": "latent", "sample_rate": 44100}
            return wiener_run(speech_spectrum(512, sr=1000), **clip, **flat, **hub)
    raise ValueError(kind)


KINDS = ("landscape", "panorama", "portrait", "latents", "decoded", "mel", "long mel")
KINDS += ("speech", "stereo", "clip of no rate", "latents of sound")


def changed(trajectory: Trajectory, **fields) -> Trajectory:
    """The same run with other fields."""
    kept = {name: getattr(trajectory, name) for name in Trajectory.__dataclass_fields__}
    return Trajectory(**(kept | fields))


# -- frames -------------------------------------------------------------------------------------------------


@contextmanager
def frame(width: int, height: int, *, ground: str = "dark", folder: Path, **changes):
    """manim's settings for a film of this size that nobody writes, on a ground."""
    quiet = {"progress_bar": "none", "verbosity": "WARNING", "disable_caching": True, "dry_run": True}
    size = {"pixel_width": width, "pixel_height": height, "frame_rate": 15}
    with tempconfig({**quiet, **size, "media_dir": str(folder), **changes}):
        theme.follow(ground)
        theme.fit_frame()
        try:
            yield
        finally:
            theme.follow("dark")


def painted(*mobjects: Mobject, camera_class: type = StageCamera) -> np.ndarray:
    """(rows, columns, 3) uint8: the mobjects on the present ground, at the present size."""
    camera = camera_class()
    camera.capture_mobjects(mobjects)
    return camera.pixel_array[..., :3].copy()


# -- the scene without its waiting --------------------------------------------------------------------------


class Hurried(Stage):
    """To be mixed into a scene: the whole of it with every animation at its end at once; `look` is called at
    the end of every beat.

    `film_time` is the length that the film would have, `captions` what the beats say.
    """

    def __init__(self, look=lambda scene, beat: None) -> None:
        super().__init__()
        self.look, self.name = look, ""
        self.film_time, self.captions = 0.0, []

    def construct(self) -> None:
        super().construct()
        self.look(self, self.name)

    def beat(self, name: str, caption: str, *, loop: bool = False) -> None:
        if self.name:
            self.look(self, self.name)
        self.name = name
        self.captions.append(caption)

    def wait(self, duration: float = 1.0, **_) -> None:
        self.film_time += duration

    def play(self, *animations, run_time: float | None = None, **_) -> None:
        animations = [prepare_animation(animation) for animation in animations]
        self.film_time += run_time or max(animation.run_time for animation in animations)
        # As manim does: all come before any ends, which may take groups in the scene's list apart.
        for animation in animations:
            self.add(animation.mobject)
        for animation in animations:
            if isinstance(animation, Clock):
                animation.finish()
            elif not isinstance(animation, FadeIn | FadeOut):  # these end with what was given to them
                animation.begin()
                animation.finish()
        for animation in animations:
            if animation.is_remover():
                self.remove(animation.mobject)


class HurriedSampling(Hurried, Sampling):
    """The main scene without its waiting."""


class Staged(RunScene):
    """The run's stage, complete and standing still at the first step."""

    def noise(self) -> None:
        of = self.display
        self.headline("The tide runs out")
        self.add(of.footer, self.heading, of.plot, of.legend, of.rack_caption, of.marks_key)
        self.add(*of.panels, of.readouts, of.rack, of.timeline)

    def nothing(self, *_) -> None:
        pass

    bands = lock_in = writing = free_run = nothing
    gather = spectrograms = power_law = nothing  # before the run, in the scene about spectrograms


class StagedSampling(Staged, Sampling):
    """The main scene's stage."""


def staged() -> StagedSampling:
    """The stage of the run that the settings choose."""
    scene = StagedSampling()
    scene.construct()
    return scene


# -- reading what is shown ----------------------------------------------------------------------------------


def outline(glyph: VMobject) -> np.ndarray:
    """A glyph's outline with the foot of its box at the origin, its size kept."""
    return glyph.points - [glyph.get_center()[0], glyph.get_bottom()[1], 0]


@lru_cache(maxsize=1)
def _figures(ground: str) -> dict[str, np.ndarray]:
    text = "0123456789.+−"
    line = theme.words(text, size=theme.BODY, weight="medium")
    return {character: outline(glyph) for character, glyph in zip(text, line, strict=True)}


def read(readout: Readout) -> str:
    """The number that a readout of the usual size shows, recognised by the shapes of its glyphs."""

    def character(glyph: VMobject) -> str:
        shape = outline(glyph)
        for name, figure in _figures("").items():
            if figure.shape == shape.shape and np.abs(figure - shape).max() < 1e-3:
                return name
        return "?"

    return "".join(map(character, sorted(readout.figures, key=lambda glyph: glyph.get_x())))


# -- boxes --------------------------------------------------------------------------------------------------

UNITS = (
    PicturePanel,
    ShareMap,
    SpectrumPlot,
    Legend,
    Readout,
    BandCell,
    Timeline,
    Badge,
    WritingMap,
    Picture,
    Text,
    OrderChart,
    Ridge,
    TimeBars,
    TimePlane,
)
SAFE = 0.03  # of the frame's width and height, kept free at every edge
APART = 2 / theme.PIXELS_PER_UNIT  # between two things, two pixels of an 854 x 480 picture


def visible(mobject: Mobject) -> bool:
    if isinstance(mobject, Picture):
        return mobject.fill_opacity > 0
    if not len(mobject.points):
        return False
    return mobject.get_fill_opacity() > 0 or (
        mobject.get_stroke_opacity() > 0 and mobject.get_stroke_width() > 0
    )


def box(members: list[Mobject]) -> np.ndarray:
    """Left, bottom, right, top around mobjects, each without its parts."""
    points = np.concatenate([m.points for m in members])
    return np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """How far two boxes stand apart, along the axis on which they do; below zero where they overlap."""
    return float(max(np.maximum(one[:2] - other[2:], other[:2] - one[2:])))


def label(mobject: Mobject) -> str:
    texts = [m.original_text for m in mobject.get_family() if isinstance(m, Text)]
    return " ".join([type(mobject).__name__, *texts[:3]])


def units(mobject: Mobject) -> list[Mobject]:
    """What counts as one thing in a mobject: itself, or what its parts hold."""
    return (
        [mobject] if isinstance(mobject, UNITS) else [u for part in mobject.submobjects for u in units(part)]
    )


class Things:
    """What stands on the stage, each whole: a panel, a plot with its labels, a rack's cell, a line of words.

    An animation may have taken a mobject apart into the scene's list; what it belonged to is known from the
    scene's own attributes.
    """

    def __init__(self, scene: Stage) -> None:
        values = [
            v for value in vars(scene).values() for v in (value if isinstance(value, list) else [value])
        ]
        wholes = {id(w): w for value in values if isinstance(value, Mobject) for w in units(value)}
        # The greatest last, so that a line of words belongs to the plot that it labels.
        self.owner = {
            id(member): whole
            for whole in sorted(wholes.values(), key=lambda whole: len(whole.get_family()))
            for member in whole.get_family()
        }
        for cell in (whole for whole in wholes.values() if isinstance(whole, BandCell)):
            self.owner |= {
                id(member): cell for member in cell.lock.get_family()
            }  # drawn apart, where it moves
        on_stage = [m for top in scene.mobjects for m in top.get_family() if visible(m)]
        members: dict[int, list[Mobject]] = {}
        self.whole: dict[int, Mobject] = {}
        for mobject in on_stage:
            owner = self.owner.get(id(mobject), mobject)
            self.whole[id(owner)] = owner
            members.setdefault(id(owner), []).append(mobject)
        self.boxes = {key: box(parts) for key, parts in members.items()}
        standing = {id(m) for m in on_stage}
        every = {id(m): m for top in scene.mobjects for m in top.get_family()}.values()
        self.texts = [
            m for m in every if isinstance(m, Text | MathTypst) and {id(p) for p in m.get_family()} & standing
        ]

    def faults(self, frame_width: float, frame_height: float) -> list[str]:
        """What breaks a rule, one line each, in pixels of an 854 x 480 picture."""
        pixels = theme.PIXELS_PER_UNIT
        found = []
        room = np.array([frame_width, frame_height]) * (0.5 - SAFE)
        for key, (left, bottom, right, top) in self.boxes.items():
            beyond = max(-room[0] - left, right - room[0], -room[1] - bottom, top - room[1])
            if beyond > 1e-6:
                found.append(f"{label(self.whole[key])}: {beyond * pixels:.1f} px into the margin")
        for one, other in combinations(self.boxes, 2):
            apart = gap(self.boxes[one], self.boxes[other])
            if apart < APART:
                names = f"{label(self.whole[one])} | {label(self.whole[other])}"
                found.append(f"{names}: {apart * pixels:.1f} px apart")
        inside = {id(text): box(text.family_members_with_points()) for text in self.texts}
        for one, other in combinations(self.texts, 2):
            apart = gap(inside[id(one)], inside[id(other)])
            same = self.owner.get(id(one)) is not None and self.owner.get(id(one)) is self.owner.get(
                id(other)
            )
            if same and apart < APART:  # of two things it is said above
                found.append(f"{label(one)} | {label(other)}: words {apart * pixels:.1f} px apart")
        for text in self.texts:
            if isinstance(text, Text) and type_size(text) < 12 - 1e-6:
                found.append(f"{label(text)}: type of {type_size(text):.1f} px")
        return found


def type_size(text: Text) -> float:
    """Size in pixels of an 854 x 480 picture. Inter's em is 2048 / 1490 of its cap height."""
    return text.font_size / 96 * _capital_height(theme.FONT) * 2048 / 1490 * theme.PIXELS_PER_UNIT


@cache
def _capital_height(font: str) -> float:
    return Text("H", font=font, font_size=96).height


def check_layout(scene_class: type[Hurried], shape: str, folder: Path) -> None:
    """No beat ends with a broken rule, in a frame of this shape; `scene_class` takes `look`."""
    faults, beats = [], []

    def look(scene: Stage, beat: str) -> None:
        things = Things(scene)
        faults.extend(f"{beat}: {fault}" for fault in things.faults(config.frame_width, config.frame_height))
        beats.append(bool(things.boxes))

    with frame(*FRAMES[shape], folder=folder):
        scene_class(look=look).construct()
    assert not faults, "\n".join(faults)
    assert beats and all(beats)  # there was something to look at


# -- golden frames ------------------------------------------------------------------------------------------

CELL = 8  # pixels a side
MEAN, MOST = 1.5, 20.0  # levels of 255


def differences(found: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Mean absolute difference over all pixels, and the greatest over cells of 8 x 8 pixels, averaged first.

    Cairo and pango versions place the edges of type a fraction of a pixel differently: that changes single
    pixels by up to 255 levels, but hardly what a cell holds. A missing mark, lock or label changes its cells.
    """
    if found.shape != expected.shape:
        return np.inf, np.inf
    apart = found.astype(float) - expected
    rows, columns = (CELL * -(-length // CELL) for length in apart.shape[:2])
    padded = np.zeros((rows, columns, apart.shape[2]))
    padded[: apart.shape[0], : apart.shape[1]] = apart
    cells = padded.reshape(rows // CELL, CELL, columns // CELL, CELL, -1).mean(axis=(1, 3))
    return float(np.abs(apart).mean()), float(np.abs(cells).max())


def same_frame(found: np.ndarray, expected: np.ndarray) -> bool:
    mean, most = differences(found, expected)
    return mean <= MEAN and most <= MOST


class Golden:
    """Frames kept in tests/golden: compared with, or written where `update` says so."""

    def __init__(self, *, update: bool, failures: Path) -> None:
        self.update, self.failures = update, failures

    def check(self, name: str, found: np.ndarray) -> None:
        path = GOLDEN / f"{name}.png"
        if self.update:
            Image.fromarray(found).save(path, optimize=True)
            return
        assert path.exists(), f"{path} is missing: look at the frame, then run pytest with --update-golden"
        expected = np.asarray(Image.open(path).convert("RGB"))
        if not same_frame(found, expected):
            kept = self.failures / path.name
            Image.fromarray(found).save(kept)
            mean, most = differences(found, expected)
            pytest.fail(
                f"{kept} differs from {path}: mean {mean:.2f} levels (at most {MEAN}), "
                f"worst {CELL} x {CELL} cell {most:.1f} (at most {MOST})"
            )
