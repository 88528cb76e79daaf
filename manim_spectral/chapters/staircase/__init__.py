"""The chapter about soft autoregression."""
