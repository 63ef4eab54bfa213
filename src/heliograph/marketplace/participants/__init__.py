"""What is recorded of students for reports under WIOA, brought to what their enrollments say. The pages and
reports are in `wioa` (decision 43).
"""
