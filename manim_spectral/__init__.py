"""The Manim plugin: pictures of a sampling run, the stages they stand on, and the scenes made of them."""
