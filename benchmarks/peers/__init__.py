"""What our pages are measured beside: stock Wagtail, a page cache, a server that only answers."""
