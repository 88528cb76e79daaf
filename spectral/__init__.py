"""Diffusion sampling measured by frequency: spectra, bands, and when each band locks in.

Each public name is loaded from its module on first use: importing this package costs nothing, `rapsd` loads
numpy and scipy, and only `record`, `bridge`, `Recorder`, `WaveformUNet` and their like load torch and
diffusers.
"""

# ruff: noqa: F401
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectral.errors import InputError
    from spectral.lockin.lock import LockIn, Order, lock_in
    from spectral.lockin.writing import explained_by_band, mirrored_explained, softness, spread
    from spectral.networks.waveform_unet import WaveformUNet
    from spectral.recording.denoiser import record_denoiser
    from spectral.recording.loading import load_pipeline
    from spectral.recording.models import signal_kind
    from spectral.recording.record import bridge, record, record_batch
    from spectral.recording.recorder import Recorder
    from spectral.signal.band_pass import band_masks, band_power, low_pass, split
    from spectral.signal.bands import Band, Bands, octave_bands, sound_bands
    from spectral.signal.power import PowerSpectrum, periodogram, radial_frequency, rapsd
    from spectral.signal.power_law import PowerLaw, fit_power_law, log_mean
    from spectral.signal.units import FrequencyUnit
    from spectral.signal.waves import (
        centred,
        directional_slice,
        equal_waves,
        periodic_part,
        phase_spectrum,
        wave_ranks,
        wave_sum,
    )
    from spectral.signal.welch import common_spectra, octave_cells, power_spectrum
    from spectral.sound.files import Sound, loudest_start, read_audio, write_audio
    from spectral.sound.loudness import level
    from spectral.sound.mel import MelSettings, log_mel, mel_to_audio
    from spectral.theory.cutoff import f_max, power_law_f_max, time_shares
    from spectral.theory.forward import noised
    from spectral.theory.gaussian import exact_explained, explained_fraction, wiener_gain
    from spectral.theory.schedules import (
        Schedule,
        cosine_schedule,
        edm_schedule,
        linear_schedule,
        rectified_flow,
        snr,
    )
    from spectral.theory.walk import Walk, dct_walk, mirrored
    from spectral.theory.wiener import wiener_bridge
    from spectral.trajectory.info import TrajectoryInfo, trajectory_info
    from spectral.trajectory.trajectory import Trajectory

_NAMES_OF = {
    "errors": "InputError",
    "lockin.lock": "LockIn Order lock_in",
    "lockin.writing": "explained_by_band mirrored_explained softness spread",
    "networks.waveform_unet": "ModelMixin WaveformUNet",
    "recording.denoiser": "record_denoiser",
    "recording.loading": "load_pipeline",
    "recording.models": "signal_kind",
    "recording.record": "bridge record record_batch",
    "recording.recorder": "Recorder",
    "signal.band_pass": "band_masks band_power low_pass split",
    "signal.bands": "Band Bands octave_bands sound_bands",
    "signal.power": "PowerSpectrum periodogram radial_frequency rapsd",
    "signal.power_law": "PowerLaw fit_power_law log_mean",
    "signal.units": "FrequencyUnit",
    "signal.waves": "centred directional_slice equal_waves periodic_part phase_spectrum wave_ranks wave_sum",
    "signal.welch": "common_spectra octave_cells power_spectrum",
    "sound.files": "Sound loudest_start read_audio write_audio",
    "sound.loudness": "level",
    "sound.mel": "MelSettings log_mel mel_to_audio",
    "theory.cutoff": "f_max power_law_f_max time_shares",
    "theory.forward": "noised",
    "theory.gaussian": "exact_explained explained_fraction wiener_gain",
    "theory.schedules": "Schedule cosine_schedule edm_schedule linear_schedule rectified_flow snr",
    "theory.walk": "Walk dct_walk mirrored",
    "theory.wiener": "wiener_bridge",
    "trajectory.info": "TrajectoryInfo trajectory_info",
    "trajectory.trajectory": "Trajectory",
}

_HOME = {name: f"spectral.{module}" for module, names in _NAMES_OF.items() for name in names.split()}

__all__ = sorted(_HOME.keys() - {"ModelMixin"})  # by which diffusers knows how to load a part of a pipeline


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
