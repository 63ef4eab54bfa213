"""What other parts may read of the courses' tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_courses AS
  SELECT id, organization_id, title, strict
    FROM courses_course;
CREATE VIEW report_course_versions AS
  SELECT id, organization_id, course_id, number
    FROM courses_courseversion;
"""
DROP: Final = "DROP VIEW report_course_versions; DROP VIEW report_courses;"
