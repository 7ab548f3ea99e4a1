"""Attachments: what may be stored, who may read it, and when (reliability F7, P6, P7, B6)."""
