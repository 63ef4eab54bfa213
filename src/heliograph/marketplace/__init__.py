"""The marketplace: programs for the public, applications, enrollments, proof of completion, credentials."""
