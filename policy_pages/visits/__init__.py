"""Visits of public pages (A24, T24.1, T24.2): noted as events outside the database, counted by page and day, never a person."""
