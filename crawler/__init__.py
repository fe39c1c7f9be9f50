"""How pages get here, when, and who is told."""
