"""网站信息: what stands in the foot of every public page; kept by the bureau, checked, every change an event."""
