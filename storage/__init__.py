"""What milwire keeps, and what counts as a change."""
