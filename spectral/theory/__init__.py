"""What mathematics says: noise schedules, closed forms for Gaussian data, cut-offs, the exact walk."""
