"""What other parts may read of the core's tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_changed_registrations AS
  SELECT organization_id, dispatch_id, registration_id
    FROM core_changequeue;
"""
DROP: Final = "DROP VIEW report_changed_registrations;"
