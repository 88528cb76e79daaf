"""From a latent model's latents to the signal and back, through the autoencoder that the pipeline carries.

A diffusion model of latents works on `z = scaling_factor ((encoder(x) - mean) / std - shift_factor)`, scaled
to a variance near 1 (Rombach et al. 2022, appendix G; Esser et al. 2024 for the shift), with mean 0 and std 1
in most. What `decode` is given is such a z, as it stands in the recorded trajectory.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from spectral.errors import InputError
from spectral.recording.progress import counted
from spectral.recording.signal_kind import checked_signal
from spectral.recording.storage import GrowingArray
from spectral.trajectory.trajectory import Modality, Trajectory

KNOWN = (
    "AsymmetricAutoencoderKL",
    "AutoencoderDC",
    "AutoencoderKL",
    "AutoencoderOobleck",
    "AutoencoderTiny",
    "VQModel",
)
NAMES = ("vae", "vqvae")  # as pipelines call theirs


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """An autoencoder, with what it makes.

    Attributes
    ----------
    model
        diffusers' own.
    modality
        "image"; "waveform" (Oobleck); "mel" where the pipeline has a vocoder after it.
    sample_rate
        Of a waveform, or of the sound behind a mel-spectrogram.
    mel
        What the vocoder says of its mel-spectrograms.
    """

    model: Any
    modality: Modality
    sample_rate: int | None = None
    mel: dict[str, Any] | None = None

    @classmethod
    def of(cls, pipeline: Any) -> Autoencoder | None:
        """The autoencoder of a pipeline, None where the pipeline works on the signal itself."""
        model = next((part for name in NAMES if (part := getattr(pipeline, name, None)) is not None), None)
        if model is None:
            return None
        vocoder = getattr(pipeline, "vocoder", None)
        if vocoder is not None:
            config = vocoder.config
            hop_length = int(np.prod(config.upsample_rates))
            mel = {"sr": config.sampling_rate, "hop_length": hop_length, "n_mels": config.model_in_dim}
            return cls(model, "mel", config.sampling_rate, mel)
        if hasattr(model.config, "audio_channels"):
            return cls(model, "waveform", model.config.sampling_rate)
        return cls(model, "image")

    @property
    def factor(self) -> int:
        """How many pixels or samples along one axis make one latent."""
        if self.modality == "waveform":
            return self.model.hop_length
        config = self.model.config
        blocks = config.get("block_out_channels") or config.get("encoder_block_out_channels") or (0,)
        return 2 ** (len(blocks) - 1)

    @property
    def channels(self) -> int:
        """Of the signal."""
        config = self.model.config
        return config.audio_channels if self.modality == "waveform" else config.in_channels

    def checked(self) -> Autoencoder:
        """Itself, if its decoder is one that is known here.

        Raises
        ------
        InputError
            When it is not.
        """
        name = type(self.model).__name__
        if name not in KNOWN:
            expected = f"expected {', '.join(KNOWN)}, or space 'latent'"
            raise InputError(f"the pipeline's autoencoder is a {name}, {expected}")
        return self

    def fitted(
        self, signal: ArrayLike, *, divisor: int, longest: int
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """A signal as it is encoded, and what size of signals to ask the pipeline for.

        A waveform shorter than the model's, which has only one length, is followed by silence as in training.

        Raises
        ------
        InputError
            When it is no such signal, longer than that, or of sides that `divisor` does not divide.
        """
        array = checked_signal(signal, self.modality, self.channels)
        if self.modality == "waveform":
            n = array.shape[1]
            if n > longest:
                raise InputError(f"signal has {n} samples, expected at most the model's {longest}")
            silence = np.pad(array, ((0, 0), (0, longest - n)))
            return silence, {"audio_length_in_s": n / (self.sample_rate or 1)}
        height, width = array.shape[1:]
        if height % divisor or width % divisor:
            raise InputError(f"signal: found {height} x {width}, expected both divisible by {divisor}")
        if self.mel:
            return array, {"audio_length_in_s": width * self.mel["hop_length"] / self.mel["sr"]}
        return array, {"height": height, "width": width}

    def decoded(self, run: Trajectory, *, seconds: float | None, storage: str, progress: bool) -> Trajectory:
        """A run of latents as the signals that they stand for.

        `x_t` is decoded from `x_t / hypot(alpha, sigma)`, which has a clean latent's variance: something for
        the eye, of which the decoder has learnt nothing.
        """
        end = None
        if seconds is not None and self.modality == "waveform":
            end = int(seconds * (self.sample_rate or 0))
        few, norm = self._few(run.sample.shape), np.hypot(run.alpha, run.sigma)
        seen, said = GrowingArray(dtype=storage), GrowingArray(dtype=storage)
        for i in counted(range(0, run.n_steps, few), "decoding", shown=progress):
            here = slice(i, i + few)
            x_t = run.x_t[here] / norm[here].reshape(-1, *(1,) * run.sample.ndim)
            for rows, latents in ((seen, x_t), (said, run.denoised[here])):
                for signal in self.decode(latents)[..., :end]:
                    rows.append(signal)
        return replace(
            run,
            x_t=seen.array,
            denoised=said.array,
            sample=self.decode(run.sample[None])[0][..., :end],
            modality=self.modality,
            sample_rate=self.sample_rate,
            mel=self.mel,
            space="decoded",
        )

    def decode(self, latents: NDArray[Any]) -> NDArray[np.float32]:
        """Signals ``(n, *shape)`` of latents ``(n, *latent shape)``."""
        scale, shift, mean, std = self._scales()
        z = torch.from_numpy(np.array(latents, np.float32))
        z = (z / scale + shift) * std + mean
        with self._ready() as dtype:
            decoded = self.model.decode(z.to(self.model.device, dtype)).sample
            return self._turned(decoded).float().cpu().numpy()

    def encode(self, signal: NDArray[np.float32]) -> Tensor:
        """Latents ``(1, *latent shape)`` of one signal: the mode, where the encoder gives a distribution."""
        scale, shift, mean, std = self._scales()
        with self._ready() as dtype:
            x = self._turned(torch.from_numpy(signal)[None]).to(self.model.device, dtype)
            encoded = self.model.encode(x)
            if hasattr(encoded, "latent_dist"):
                z = encoded.latent_dist.mode()
            else:
                z = encoded.latents if hasattr(encoded, "latents") else encoded.latent
            return scale * ((z.float().cpu() - mean) / std - shift)

    def _few(self, shape: tuple[int, ...]) -> int:
        """How many latents of a shape to decode at once: no more than a picture of 512 x 512 in all."""
        return max(1, 2**18 // math.prod(n * self.factor for n in shape[1:]))

    def _scales(self) -> tuple[float, float, Tensor, Tensor]:
        config = self.model.config
        axes = (1, -1) + (1,) * (1 if self.modality == "waveform" else 2)
        mean, std = config.get("latents_mean"), config.get("latents_std")
        return (
            config.get("scaling_factor") or 1.0,
            config.get("shift_factor") or 0.0,
            torch.tensor(0.0 if mean is None else mean).reshape(axes),
            torch.tensor(1.0 if std is None else std).reshape(axes),
        )

    def _turned(self, signals: Tensor) -> Tensor:
        """Mel bands upwards: models after AudioLDM have time along the first axis."""
        return signals.transpose(-1, -2) if self.modality == "mel" else signals

    @contextlib.contextmanager
    def _ready(self) -> Iterator[torch.dtype]:
        """Inference mode, and float32 for those that overflow in float16 (XL's); left as it was found."""
        dtype = self.model.dtype
        widen = dtype == torch.float16 and self.model.config.get("force_upcast", False)
        if widen:
            self.model.float()
        try:
            with torch.inference_mode():
                yield torch.float32 if widen else dtype
        finally:
            if widen:
                self.model.to(dtype)
