"""Diffusion sampling measured by frequency: spectra, bands, and when each band locks in.

Importing this package loads numpy and scipy only. `record`, `bridge`, `Recorder` and `WaveformUNet`, which
need torch and diffusers, load them on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spectral.errors import InputError
from spectral.lockin.lock import LockIn, Order, lock_in
from spectral.lockin.writing import explained_by_band, mirrored_explained, softness, spread
from spectral.signal.bands import (
    Band,
    Bands,
    band_masks,
    band_power,
    low_pass,
    octave_bands,
    sound_bands,
    split,
)
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

if TYPE_CHECKING:
    from spectral.networks.waveform_unet import WaveformUNet
    from spectral.recording.denoiser import record_denoiser
    from spectral.recording.loading import load_pipeline
    from spectral.recording.recorder import Recorder
    from spectral.recording.recording import bridge, record, record_batch
    from spectral.recording.runs import signal_kind

__all__ = [
    "Band",
    "Bands",
    "FrequencyUnit",
    "InputError",
    "LockIn",
    "MelSettings",
    "Order",
    "PowerLaw",
    "PowerSpectrum",
    "Recorder",
    "Schedule",
    "Sound",
    "Trajectory",
    "TrajectoryInfo",
    "Walk",
    "WaveformUNet",
    "band_masks",
    "band_power",
    "bridge",
    "centred",
    "common_spectra",
    "cosine_schedule",
    "dct_walk",
    "directional_slice",
    "edm_schedule",
    "equal_waves",
    "exact_explained",
    "explained_by_band",
    "explained_fraction",
    "f_max",
    "fit_power_law",
    "level",
    "linear_schedule",
    "load_pipeline",
    "lock_in",
    "log_mean",
    "log_mel",
    "loudest_start",
    "low_pass",
    "mel_to_audio",
    "mirrored",
    "mirrored_explained",
    "noised",
    "octave_bands",
    "octave_cells",
    "periodic_part",
    "periodogram",
    "phase_spectrum",
    "power_law_f_max",
    "power_spectrum",
    "radial_frequency",
    "rapsd",
    "read_audio",
    "record",
    "record_batch",
    "record_denoiser",
    "rectified_flow",
    "signal_kind",
    "snr",
    "softness",
    "sound_bands",
    "split",
    "spread",
    "time_shares",
    "trajectory_info",
    "wave_ranks",
    "wave_sum",
    "wiener_bridge",
    "wiener_gain",
    "write_audio",
]

_NEEDS_TORCH = {
    "ModelMixin": "spectral.networks.waveform_unet",  # by which diffusers knows how to load a part
    "Recorder": "spectral.recording.recorder",
    "WaveformUNet": "spectral.networks.waveform_unet",
    "bridge": "spectral.recording.recording",
    "load_pipeline": "spectral.recording.loading",
    "record": "spectral.recording.recording",
    "record_batch": "spectral.recording.recording",
    "record_denoiser": "spectral.recording.denoiser",
    "signal_kind": "spectral.recording.runs",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_NEEDS_TORCH[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
