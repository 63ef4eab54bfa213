"""The trigger on the insights' own tables, as SQL for the migration: a completion that goes has its day
counted again. And the function with which counts in buckets are added up.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION insights_note_completion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  learner uuid := runtime_learner_of(OLD.registration_id);
BEGIN
  IF learner IS NOT NULL THEN
    PERFORM core_note_change(OLD.organization_id, OLD.dispatch_id, NULL, OLD.registration_id,
                             learner, OLD.day, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER insights_completion_gone AFTER DELETE ON insights_completion
  FOR EACH ROW EXECUTE FUNCTION insights_note_completion();

-- The counts, with each sign added to its bucket; the first bucket is 0, and NULL is none.
CREATE FUNCTION insights_add_to_buckets(counts integer[], buckets integer[], signs integer[])
RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  FOR n IN 1 .. cardinality(buckets) LOOP
    IF buckets[n] IS NOT NULL THEN
      counts[buckets[n] + 1] := counts[buckets[n] + 1] + signs[n];
    END IF;
  END LOOP;
  RETURN counts;
END $$;
"""
DROP: Final = """
DROP FUNCTION insights_add_to_buckets(integer[], integer[], integer[]);
DROP TRIGGER insights_completion_gone ON insights_completion;
DROP FUNCTION insights_note_completion();
"""
