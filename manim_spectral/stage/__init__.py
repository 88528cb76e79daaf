"""What scenes stand on: frame, beats, clock, layout, sound track."""
