"""What can be wrong with a kept publication."""


class AlteredText(Exception):
    """A record whose content is not what its hash was made of, or cannot be read: it is never shown."""
