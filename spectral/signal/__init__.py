"""Spectra of signals: periodograms and radial averages, power laws, bands, Welch, plane waves."""
