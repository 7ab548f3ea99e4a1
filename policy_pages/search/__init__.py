"""Chinese full-text search: bigram cutting, the query ladder, a Wagtail backend for SQLite and PostgreSQL."""
