"""Forms of the back office, by subject. Imports nothing itself: the models import single modules of it."""
