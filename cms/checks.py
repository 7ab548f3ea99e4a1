"""System checks of what must hold for the whole project."""
