"""Two persons at the same instant: exactly one decision stands, and the other is told (P2)."""
