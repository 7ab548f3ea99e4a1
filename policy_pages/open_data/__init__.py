"""Open data: what is public, as JSON, CSV and Atom, described by its own schema. Reads only; nothing here writes."""
