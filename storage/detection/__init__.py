"""What counts as an edit, a removal or a return, decided from the looks of a run."""
