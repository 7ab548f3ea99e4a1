"""Measurements of what must stay quick, side by side in one run: `make bench`."""
