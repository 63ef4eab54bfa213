"""Long lists of the back office: users with what is theirs, groups, keys, folders and imports, written set by
set in the database. What the API made is there already.
"""

from typing import LiteralString

import psycopg

# Names as organizations have them: short and very long, in several scripts and directions, with an emoji.
GIVEN = (
    *("Ada", "Bo", "Chidi", "Dörthe", "Ella", "Łucja", "Nguyễn", "O'Shea", "María del Carmen"),
    *("Maximiliane-Charlotte", "王", "さくら", "محمد", "שרה", "Αλεξάνδρα", "Ольга", "김", "Zoë 🌻"),
)
FAMILY = (
    *("Byron", "Diaz", "Okonkwo", "Großmann-Schwarzenberger", "Fitzgerald", "Wójcik", "Thị Minh Khai"),
    *("Rodríguez de la Fuente y Martínez de Irujo", "小明", "佐々木", "عبد الرحمن", "כהן", "Παπαδοπούλου"),
    *("Иванова-Константинопольская", "민준", "Nkemelu", "van der Westhuizen", "Jónsdóttir", "Li", "Smith"),
    *("Patel", "Haddad", "Moreau"),
)
GROUPS = (
    "Night shift, warehouse {}",
    "Betriebsrat und Arbeitssicherheitsausschuss Niederlassung {}",
    "新入社員 {}",
    "فريق المبيعات {}",
    "Joined in year {}",
)
_NEW: LiteralString = """
CREATE FUNCTION pg_temp.made(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT ('01a2' || substr(m, 1, 4) || '-' || substr(m, 5, 4) || '-7' || substr(m, 9, 3) || '-8'
          || substr(m, 12, 3) || '-' || substr(m, 15, 12))::uuid FROM (SELECT md5(kind || number) m) x
$$
"""
_USERS: LiteralString = """
INSERT INTO accounts_user (id, password, email, name, is_active, created_at)
SELECT pg_temp.made('user', n), '!', format('user.%%s@%%s', n, (ARRAY['demo.example',
       'human-resources.international-holding.example', 'aushilfe.demo.example'])[n %% 3 + 1]), name, true,
       now() - n * interval '1 minute'
  FROM generate_series(1, %(number)s) n,
       LATERAL (SELECT (%(given)s::text[])[n %% cardinality(%(given)s::text[]) + 1] || ' '
                       || (%(family)s::text[])[n / 7 %% cardinality(%(family)s::text[]) + 1] AS name) named;
"""
_MEMBERSHIPS: LiteralString = """
INSERT INTO accounts_membership (id, scope_folders, scope_destinations, scope_groups, role, name, is_active,
                                 created_at, joined_at, user_id, organization_id)
SELECT pg_temp.made('membership', n), '{}', '{}', '{}',
       CASE WHEN n %% 97 = 0 THEN 'manager' WHEN n %% 89 = 0 THEN 'reporter' ELSE 'learner' END,
       u.name, n %% 23 <> 0, u.created_at, CASE WHEN n %% 5 <> 0 THEN u.created_at END, u.id, o.id
  FROM accounts_organization o, generate_series(1, %(number)s) n
  JOIN accounts_user u ON u.id = pg_temp.made('user', n)
"""
_GROUPS: LiteralString = """
INSERT INTO accounts_group (id, name, kind, key, created_at, organization_id)
SELECT pg_temp.made('group', n), replace((%(names)s::text[])[n %% 5 + 1], '{}', n::text),
       (ARRAY['department', 'cohort', 'other'])[n %% 3 + 1], '', now() - n * interval '1 hour', o.id
  FROM accounts_organization o, generate_series(1, %(number)s / 25) n
"""
_GROUP_MEMBERS: LiteralString = """
INSERT INTO accounts_groupmember (id, group_id, membership_id)
SELECT pg_temp.made('groupmember' || k, n), pg_temp.made('group', (n * k) %% (%(number)s / 25) + 1),
       pg_temp.made('membership', n)
  FROM generate_series(1, %(number)s) n, generate_series(1, 3) k
    ON CONFLICT DO NOTHING
"""
_IN_SALES: LiteralString = """
INSERT INTO accounts_groupmember (id, group_id, membership_id)
SELECT pg_temp.made('sales', n), g.id, pg_temp.made('membership', n)
  FROM accounts_group g, generate_series(1, %(number)s) n WHERE g.name = 'Sales'
"""
# The course that is assigned to most gets assigned to all.
_LEARNERS: LiteralString = """
INSERT INTO runtime_learner (id, realm, identifier, name, email, created_at, organization_id)
SELECT pg_temp.made('learner', n), m.organization_id, m.id, m.name, u.email, m.created_at, m.organization_id
  FROM generate_series(1, %(number)s) n
  JOIN accounts_membership m ON m.id = pg_temp.made('membership', n) JOIN accounts_user u ON u.id = m.user_id
"""
_REGISTRATIONS: LiteralString = """
INSERT INTO runtime_registration
SELECT (jsonb_populate_record(old, jsonb_build_object(
         'id', pg_temp.made('registration', n), 'key', 'picture' || n,
         'learner_id', pg_temp.made('learner', n),
         'completion', (ARRAY['not attempted', 'incomplete', 'completed'])[n %% 3 + 1],
         'completed_at', CASE WHEN n %% 3 = 2 THEN now() - n * interval '1 minute' END,
         'last_activity_at', CASE WHEN n %% 3 > 0 THEN now() - n * interval '1 minute' END,
         'score_scaled', CASE WHEN n %% 3 = 2 THEN 0.5 + n %% 50 / 100.0 END))).*
  FROM runtime_registration old, generate_series(1, %(number)s) n
 WHERE old.id = (SELECT r.id FROM organizations_assignment a
                   JOIN runtime_registration r ON r.id = a.registration_id
                  WHERE r.completion = 'not attempted'
                    AND r.course_id = (SELECT course_id FROM runtime_registration
                                        WHERE id IN (SELECT registration_id FROM organizations_assignment)
                                        GROUP BY course_id ORDER BY count(*) DESC LIMIT 1)
                  ORDER BY r.id LIMIT 1)
"""
_ASSIGNMENTS: LiteralString = """
INSERT INTO organizations_assignment
       (id, organization_id, member_id, registration_id, due_at, next_reminder_at, assigned_by, created_at)
SELECT pg_temp.made('assignment', n), r.organization_id, pg_temp.made('membership', n), r.id,
       CASE WHEN n %% 4 <> 0 THEN now() + (n %% 60 - 20) * interval '1 day' END, NULL, 'Olga Owner', now()
  FROM generate_series(1, %(number)s) n
  JOIN runtime_registration r ON r.id = pg_temp.made('registration', n)
"""
_KEYS: LiteralString = """
INSERT INTO accounts_apikey (id, name, scope_folders, scope_destinations, scope_groups, role, digest, hint,
                             created_at, expires_at, last_used_at, revoked_at, organization_id)
SELECT pg_temp.made('key', n), 'Nightly synchronization ' || n, '{}', '{}', '{}',
       (ARRAY['admin', 'reporter', 'manager'])[n %% 3 + 1], sha256(n::text::bytea), 'hel_' || n,
       now() - n * interval '1 day', CASE WHEN n %% 2 = 0 THEN now() + n * interval '1 day' END,
       CASE WHEN n %% 3 > 0 THEN now() - n * interval '1 hour' END,
       CASE WHEN n %% 7 = 0 THEN now() END, o.id
  FROM accounts_organization o, generate_series(1, least(200, %(number)s)) n
"""
_FOLDERS: LiteralString = """
INSERT INTO courses_folder (id, name, created_at, organization_id, parent_id)
SELECT pg_temp.made('folder', n), 'Retired courses, part ' || n, now(), f.organization_id, f.id
  FROM courses_folder f, generate_series(1, least(200, %(number)s)) n
 WHERE f.name = 'Occupational health and safety';
UPDATE courses_course c SET folder_id = pg_temp.made('folder', n)
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM courses_course WHERE folder_id IS NULL) old
 WHERE c.id = old.id AND n <= least(200, %(number)s)
"""
_IMPORTS: LiteralString = """
INSERT INTO accounts_userimport
SELECT (jsonb_populate_record(old, jsonb_build_object('id', pg_temp.made('import', n),
         'filename', format('staff, week %%s.csv', n), 'created_at', old.created_at - n * interval '1 week',
         'finished_at', old.created_at - n * interval '1 week'))).*
  FROM accounts_userimport old, generate_series(1, least(300, %(number)s)) n
 WHERE old.state = 'done'
"""
_WRONG_ROWS: LiteralString = """
INSERT INTO accounts_userimportrow (user_import_id, number, email, name, role, groups, problems, verdict,
                                    outcome, before)
SELECT old.user_import_id, old.number + n, old.email || n, old.name, old.role, old.groups, old.problems,
       old.verdict, '', '{}'
  FROM (SELECT r.* FROM accounts_userimportrow r JOIN accounts_userimport i ON i.id = r.user_import_id
         WHERE i.state = 'ready' AND i.total > 0 ORDER BY r.number DESC LIMIT 1) old,
       generate_series(1, %(number)s) n;
UPDATE accounts_userimport
   SET counts = jsonb_set(counts, '{wrong}', to_jsonb((counts->>'wrong')::integer + %(number)s)),
       total = total + %(number)s
 WHERE state = 'ready' AND total > 0
"""
_ALL: tuple[LiteralString, ...] = (
    *(_USERS, _MEMBERSHIPS, _GROUPS, _GROUP_MEMBERS, _IN_SALES, _LEARNERS, _REGISTRATIONS, _ASSIGNMENTS),
    *(_KEYS, _FOLDERS, _IMPORTS, _WRONG_ROWS),
)


def fill(database: str, number: int) -> None:
    """About ``number`` users with assignments and groups, and as many wrong rows of an import."""
    values = {"number": number, "given": list(GIVEN), "family": list(FAMILY), "names": list(GROUPS)}
    with psycopg.connect(database, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(_NEW)
        for statement in _ALL:
            connection.execute(statement, values)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
