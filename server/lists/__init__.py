"""What every list of the desk shares: a person's saved filters, and what is new since they last looked."""
