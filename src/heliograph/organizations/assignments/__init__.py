"""Direct assignment: members on courses without a dispatch, with due dates and reminders."""
