"""The chapter about spectrograms taken as pictures."""
