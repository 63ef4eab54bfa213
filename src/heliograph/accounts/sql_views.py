"""What other parts may read of the accounts' tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = """
CREATE VIEW report_organizations AS
  SELECT id
    FROM accounts_organization;
-- Whoever is in a group and not deactivated; addresses are in lower case, as they are stored.
CREATE VIEW report_group_people AS
  SELECT s.organization_id, g.group_id, u.email
    FROM accounts_groupmember g
    JOIN accounts_membership s ON s.id = g.membership_id AND s.is_active
    JOIN accounts_user u ON u.id = s.user_id;
"""
DROP: Final = "DROP VIEW report_group_people; DROP VIEW report_organizations;"
