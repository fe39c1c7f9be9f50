"""What a run's looks become: states, events, or silence."""
