"""A waveform as a raster, drawn from the least and greatest sample of every pixel column."""

from __future__ import annotations

import numpy as np

THICKNESS = 1 / 55  # of the line, in heights of the picture, where that is more than a pixel and a half
FINER = 4  # points a column, where samples are further apart than columns


def envelope(samples: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """(..., columns) least and greatest value in each column of the line through `samples`, (..., n)."""
    count = samples.shape[-1]
    if count < FINER * columns:
        at = np.linspace(0, count - 1, FINER * columns + 1)
        below = np.minimum(at.astype(int), count - 2)
        samples = samples[..., below] + (at - below) * (samples[..., below + 1] - samples[..., below])
        count = samples.shape[-1]
    starts = np.arange(columns) * count // columns
    low = np.minimum.reduceat(samples, starts, axis=-1)
    high = np.maximum.reduceat(samples, starts, axis=-1)
    # Each column reaches to where the next begins, so that a steep line has no gaps.
    ends = samples[..., np.append(starts[1:], count - 1)]
    return np.minimum(low, ends), np.maximum(high, ends)


def wave_raster(samples: np.ndarray, *, shape: tuple[int, int], limit: float) -> np.ndarray:
    """How much of each pixel the line through samples covers, (rows, columns) from 0 to 1.

    Parameters
    ----------
    samples
        (channels, n), at least two of them; each channel has a lane of its own, the first on top.
    shape
        Rows and columns.
    limit
        The value at a lane's edge; what lies beyond is cut there.
    """
    rows, columns = shape
    low, high = envelope(samples, columns)
    lane = rows / len(samples)
    half = max(0.75, THICKNESS * rows / 2)
    centre = (np.arange(len(samples)) + 0.5)[:, None] * lane
    reach = lane / 2 - half
    top = centre - np.clip(high / limit, -1, 1) * reach - half
    bottom = centre - np.clip(low / limit, -1, 1) * reach + half
    row = np.arange(rows)[:, None]
    covered = np.zeros((rows, columns))
    for above, below in zip(top, bottom, strict=True):
        covered += (np.minimum(row + 1, below) - np.maximum(row, above)).clip(0, 1)
    return covered.clip(0, 1)
