"""AFPIMS, the platform of most .mil newsrooms."""
