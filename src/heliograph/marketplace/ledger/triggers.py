"""What the database itself holds of money, as SQL for the migration.

- The entries of a ledger transaction sum to zero and are in one currency, when its transaction commits.
- Nothing in the ledger is changed or deleted.
- An order's lines, and the shares that stand, sum to its total, when its transaction commits.
"""

from typing import Final

CREATE: Final = """
CREATE FUNCTION marketplace_ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  total bigint; currencies integer; organizations integer;
BEGIN
  SELECT sum(e.amount_cents), count(DISTINCT a.currency),
         count(DISTINCT a.organization_id) FILTER (WHERE a.organization_id <> t.organization_id)
    INTO total, currencies, organizations
    FROM marketplace_ledgerentry e
    JOIN marketplace_ledgeraccount a ON a.id = e.account_id
    JOIN marketplace_ledgertransaction t ON t.id = e.transaction_id
   WHERE e.transaction_id = NEW.transaction_id;
  IF total <> 0 OR currencies <> 1 OR organizations <> 0 THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balances';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER marketplace_ledger_balances AFTER INSERT ON marketplace_ledgerentry
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION marketplace_ledger_balances();

CREATE FUNCTION marketplace_ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is not changed; post a reversal'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_stays';
END $$;
CREATE TRIGGER marketplace_ledger_stays BEFORE UPDATE OR DELETE ON marketplace_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION marketplace_ledger_stays();
CREATE TRIGGER marketplace_ledger_stays BEFORE UPDATE OR DELETE ON marketplace_ledgertransaction
  FOR EACH ROW EXECUTE FUNCTION marketplace_ledger_stays();

CREATE FUNCTION marketplace_order_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found marketplace_order; lines bigint; shares bigint;
BEGIN
  IF TG_TABLE_NAME = 'marketplace_order' THEN
    SELECT * INTO found FROM marketplace_order WHERE id = NEW.id;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT * INTO found FROM marketplace_order WHERE id = OLD.order_id;
  ELSE
    SELECT * INTO found FROM marketplace_order WHERE id = NEW.order_id;
  END IF;
  IF found.id IS NULL OR found.state = 'canceled' THEN RETURN NULL; END IF;
  SELECT coalesce(sum(amount_cents), 0) INTO lines FROM marketplace_orderline WHERE order_id = found.id;
  SELECT coalesce(sum(amount_cents), 0) INTO shares FROM marketplace_allocation
   WHERE order_id = found.id AND state NOT IN ('denied', 'canceled');
  IF lines <> found.total_cents OR shares <> found.total_cents THEN
    RAISE EXCEPTION 'order % does not balance: % in lines, % in shares', found.number, lines, shares
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_balances';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER marketplace_order_balances AFTER INSERT OR UPDATE ON marketplace_order
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION marketplace_order_balances();
CREATE CONSTRAINT TRIGGER marketplace_order_balances AFTER INSERT OR UPDATE OR DELETE
  ON marketplace_orderline DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION marketplace_order_balances();
CREATE CONSTRAINT TRIGGER marketplace_order_balances AFTER INSERT OR UPDATE OR DELETE
  ON marketplace_allocation DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION marketplace_order_balances();
"""
DROP: Final = """
DROP TRIGGER marketplace_order_balances ON marketplace_allocation;
DROP TRIGGER marketplace_order_balances ON marketplace_orderline;
DROP TRIGGER marketplace_order_balances ON marketplace_order;
DROP FUNCTION marketplace_order_balances();
DROP TRIGGER marketplace_ledger_stays ON marketplace_ledgertransaction;
DROP TRIGGER marketplace_ledger_stays ON marketplace_ledgerentry;
DROP FUNCTION marketplace_ledger_stays();
DROP TRIGGER marketplace_ledger_balances ON marketplace_ledgerentry;
DROP FUNCTION marketplace_ledger_balances();
"""
