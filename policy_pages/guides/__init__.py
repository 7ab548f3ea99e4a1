"""What a guide answers beside its own page: calendar, iCalendar, one page to print, self-check."""
