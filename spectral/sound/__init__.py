"""Sound files, log-mel spectrograms, loudness."""
