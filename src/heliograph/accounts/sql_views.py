"""What other parts may read of the accounts' tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_organizations AS
  SELECT id
    FROM accounts_organization;
"""
DROP: Final = "DROP VIEW report_organizations;"
