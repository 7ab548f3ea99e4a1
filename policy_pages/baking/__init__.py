"""Public pages kept as files until anything public changes (architecture §6): `docs/baking.md` says how and why it is right."""
