"""What other parts may read of the accounts' tables in SQL: views, so that a table can change behind them."""

from typing import Final

CREATE: Final = r"""
CREATE VIEW report_organizations AS
  SELECT id
    FROM accounts_organization;
-- Whoever is in a group and not deactivated; addresses are in lower case, as they are stored.
CREATE VIEW report_group_people AS
  SELECT s.organization_id, g.group_id, u.email
    FROM accounts_groupmember g
    JOIN accounts_membership s ON s.id = g.membership_id AND s.is_active
    JOIN accounts_user u ON u.id = s.user_id;
-- Members by address, with the name that the organization knows them by as names are compared: in lower case,
-- with one space between words.
CREATE VIEW report_members AS
  SELECT s.organization_id, s.id AS member_id, lower(u.email) AS email,
         lower(regexp_replace(btrim(CASE WHEN s.name <> '' THEN s.name
                                         WHEN s.joined_at IS NOT NULL THEN u.name
                                         ELSE '' END), '\s+', ' ', 'g')) AS name
    FROM accounts_membership s
    JOIN accounts_user u ON u.id = s.user_id;
"""
DROP: Final = """
DROP VIEW report_members; DROP VIEW report_group_people; DROP VIEW report_organizations;
"""
