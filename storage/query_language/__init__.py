"""What people write to say which releases and which newsrooms they mean: parsed here, once, for all."""
