"""What the title card says."""

from __future__ import annotations

NAME = "Spectral autoregression"
SUBJECT = "How diffusion makes pictures and sound, band by band, measured"
CAPTION = "Spectral autoregression: how diffusion makes pictures and sound, measured."
FOOTER = "{picture}: its spectrum, and what of it stands above noise"
