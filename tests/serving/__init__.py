"""Public pages as they are kept and served: what is kept, when it is made anew, and by whom it is served (docs/baking.md)."""
