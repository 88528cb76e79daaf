"""What the user chose: settings, files, material, recordings."""
