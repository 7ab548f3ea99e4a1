"""A small Wagtail site as its tutorial would build it, with the same content as ours: the peer of the benchmarks."""
