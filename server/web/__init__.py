"""What every page shares: render, errors, security, assets, the shell."""
