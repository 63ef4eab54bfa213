"""What customers' LMSs have of their learners' results."""
