"""Whether newsrooms and the watch work: alarms, report, metrics."""
