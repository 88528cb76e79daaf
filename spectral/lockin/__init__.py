"""When each band of a run is settled: explained fraction, lock-in, order, writing, softness."""
