"""The chapter in which a waveform run is heard."""
