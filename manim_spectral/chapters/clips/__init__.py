"""The chapter about the spectra of sound."""
