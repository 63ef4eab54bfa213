"""The operator's pages and API of orders, vouchers and payments."""

import json

import pytest
from tests.marketplace.acts import client_of, signed_in
from tests.marketplace.payments.conftest import WEBHOOK_SECRET

from heliograph.core.roles import Role
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import (
    Allocation,
    Order,
    PaymentAccount,
    PaymentDifference,
    Site,
    Voucher,
)
from heliograph.marketplace.orders import actions, vouchers
from heliograph.marketplace.payments import accounts
from heliograph.marketplace.programs import actions as programs

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
AT = "/admin/marketplace"


@pytest.fixture
def order(tenant, program, student):
    programs.change(tenant.manager, program, price_cents=1_000_00, instalments=3)
    programs.publish(tenant.manager, program)
    accounts.set_takes_payments(tenant.owner, True)
    return enrollments.enroll_directly(tenant.manager, program, student).orders.get()


def asked(order, actor, payer="employer", **said):
    given = {"name": "Bright Care", "email": "bills@brightcare.example"} | said
    return actions.request(actor, order, payer, 400_00, **given)


def test_an_administrator_connects_stripe_and_nobody_reads_the_keys_again(tenant):
    client = signed_in(tenant, "owner")
    client.post(f"{AT}/payments/connect", {"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET})
    client.post(f"{AT}/payments/switch", {"takes": "yes"})
    shown = client.get(f"{AT}/payments/").text
    assert f"/payments/stripe/{tenant.organization.id}" in shown
    assert "…p7dc" in shown
    assert "Payments are on" in shown
    assert KEY not in shown
    assert WEBHOOK_SECRET not in shown
    assert Site.objects.get().takes_payments
    asked_first = client.post(f"{AT}/payments/disconnect")
    assert "Disconnect Stripe?" in asked_first.text
    client.post(f"{AT}/payments/disconnect", {"confirmed": "1"})
    assert not PaymentAccount.objects.exists()


def test_a_manager_sees_payments_and_changes_none(tenant, order):
    client = signed_in(tenant, "manager")
    share = order.allocations.get()
    assert client.get(f"{AT}/payments/").status_code == 200
    assert client.get(f"{AT}/orders/{order.id}/").status_code == 200
    for address in (
        "payments/switch",
        "payments/connect",
        f"orders/{order.id}/shares/{share.id}/payment",
        "vouchers/create",
    ):
        assert client.post(f"{AT}/{address}").status_code == 403, address
    assert Allocation.objects.get().state == "requested"


def test_orders_are_found_by_state_payer_program_and_what_is_overdue(
    tenant, order, program, actor_of_student
):
    client = signed_in(tenant, "manager")
    asked(order, actor_of_student)

    def found(**query):
        return f"/orders/{order.id}/" in client.get(f"{AT}/orders/", query).text

    assert found()
    assert found(state="open", payer="employer", program=str(program.id), search="lea")
    assert found(search=f"#{order.number}")
    assert not found(state="paid")
    assert not found(payer="ita")
    assert not found(search="nobody")
    assert not found(due="overdue")
    Order.objects.update(pay_by="2026-01-01T00:00Z")
    assert found(due="overdue")
    assert client.get(f"{AT}/orders/", {"program": "0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f"}).status_code == 404
    assert b"1000.00" in b"".join(client.get(f"{AT}/orders/", {"csv": "1"}).streaming_content)


def test_an_employer_is_invoiced_pays_and_is_refunded(tenant, order, actor_of_student):
    client, share = signed_in(tenant, "owner"), asked(order, actor_of_student)
    at = f"{AT}/orders/{order.id}/shares/{share.id}"
    client.post(f"{at}/authorize", {"reference": "PO 12"})
    client.post(f"{at}/invoice", {"email": "bills@brightcare.example", "due_on": "2031-01-31"})
    share.refresh_from_db()
    assert (share.state, share.reference, share.invoice_number) == ("invoiced", "PO 12", 1)
    client.post(f"{at}/payment", {"reference": "wire 7"})
    assert client.post(f"{at}/payment", {"reference": "wire 7"}).status_code == 409  # not twice
    for amount, status in (("400.01", 422), ("-1", 422), ("1e3", 422), ("0", 422), ("150.50", 302)):
        said = {"amount": amount, "reason": "Moved away."}
        assert client.post(f"{at}/refund", said).status_code == status, amount
    share.refresh_from_db()
    assert (share.state, share.refunded_cents) == ("paid", 150_50)
    shown = client.get(f"{AT}/orders/{order.id}/").text
    assert "Moved away." in shown
    assert "$150.50" in shown
    assert "Receivable: Bright Care" in shown


def test_a_share_that_is_denied_is_the_students_again(tenant, order, actor_of_student):
    client, share = signed_in(tenant, "owner"), asked(order, actor_of_student)
    at = f"{AT}/orders/{order.id}/shares/{share.id}"
    assert client.post(f"{at}/deny", {"reason": ""}).status_code == 422
    client.post(f"{at}/deny", {"reason": "No contract."})
    assert order.allocations.get(payer="employer").state == "denied"
    student = order.allocations.filter(payer="student", state="requested")
    assert sum(row.amount_cents for row in student) == 1_000_00


def test_a_share_of_another_order_is_not_there(tenant, order, program):
    other = enrollments.enroll_directly(
        tenant.manager, program, tenant.organization.memberships.get(role="reporter")
    )
    share = other.orders.get().allocations.get()
    client = signed_in(tenant, "owner")
    assert client.post(f"{AT}/orders/{order.id}/shares/{share.id}/payment").status_code == 404


def test_vouchers_are_created_listed_and_ended(tenant, program):
    client = signed_in(tenant, "owner")
    said = {"payer_name": "City board", "amount": "250", "program": str(program.id), "number": "3"}
    client.post(f"{AT}/vouchers/create", said)
    made = list(Voucher.objects.all())
    assert [(row.amount_cents, row.currency, row.uses) for row in made] == [(250_00, "USD", 1)] * 3
    assert made[0].code in client.get(f"{AT}/vouchers/", {"state": "valid"}).text
    assert client.post(f"{AT}/vouchers/create", {"number": "1001"}).status_code == 422
    assert client.post(f"{AT}/vouchers/create", {"currency": "€€€"}).status_code == 422
    assert "End the voucher" in client.post(f"{AT}/vouchers/{made[0].id}/end").text
    client.post(f"{AT}/vouchers/{made[0].id}/end", {"confirmed": "1"})
    assert made[0].code in client.get(f"{AT}/vouchers/", {"state": "ended"}).text
    assert made[0].code not in client.get(f"{AT}/vouchers/", {"state": "valid"}).text


def test_a_difference_is_resolved_with_a_note(tenant):
    row = PaymentDifference.objects.create(
        organization_id=tenant.organization.id, kind="unexpected_payment", subject="cs_1", currency="USD"
    )
    client = signed_in(tenant, "owner")
    at = f"{AT}/payments/differences/"
    assert "cs_1" in client.get(at).text
    assert client.post(f"{at}{row.id}/resolve", {"note": ""}).status_code == 422
    client.post(f"{at}{row.id}/resolve", {"note": "Refunded at Stripe."})
    assert "Refunded at Stripe." in client.get(at, {"state": "resolved"}).text
    assert "cs_1" not in client.get(at, {"state": "open"}).text


def test_fees_tax_and_refunds_are_entered_for_a_program(tenant, program):
    client = signed_in(tenant, "manager")
    at = f"{AT}/programs/{program.id}/payment/"
    said = {
        "tax_percent": "8.25",
        "pay_within_days": "10",
        "instalments": "3",
        "starts_when": "authorized",
        "fee_1": "Lab kit",
        "fee_amount_1": "45",
        "days_1": "7",
        "refund_1": "100",
    }
    assert client.post(f"{at}change", said).status_code == 302
    version = program.versions.order_by("-number")[0]
    assert (version.fees, version.refund_windows) == ([["Lab kit", 45_00]], [[7, 100]])
    assert (str(version.tax_percent), version.instalments) == ("8.250", 3)
    assert 'value="45.00"' in client.get(at).text
    for wrong in (
        {"tax_percent": "101"},
        {"tax_percent": "NaN"},
        {"fee_1": ""},
        {"fee_amount_1": "-3"},
        {"refund_1": "101"},
        {"instalments": "25"},
    ):
        assert client.post(f"{at}change", said | wrong).status_code == 422, wrong


def test_an_order_cannot_amount_to_more_than_its_column_holds(tenant, api_as):
    program = api_as(tenant, Role.MANAGER)
    fees = [{"title": "Kit", "amount_cents": 2_000_000_000}]
    said = {"title": "Gold", "price_cents": 2_000_000_000, "fees": fees}
    assert program("POST", "/programs", said).status_code == 422
    fine = {"title": "Gold", "price_cents": 100, "fees": [{"title": "Kit", "amount_cents": 5}]}
    made = program("POST", "/programs", fine)
    assert made.json()["fees"] == fine["fees"]
    windows = {"refund_windows": [{"days": 7, "percent": 50}], "tax_percent": 8}
    changed = program("PUT", f"/programs/{made.json()['id']}/payment", windows).json()
    assert changed["refund_windows"] == windows["refund_windows"]
    assert changed["fees"] == []


def test_a_program_of_the_api_takes_an_order_through_its_states(tenant, order, api_as, actor_of_student):
    owner, manager = api_as(tenant, Role.OWNER), api_as(tenant, Role.MANAGER)
    share = asked(order, actor_of_student)
    at = f"/orders/{order.id}/shares/{share.id}"
    assert manager("POST", f"{at}/payment", {}).status_code == 403
    assert manager("GET", "/orders?payer=employer&status=open").json()["items"][0]["owed_cents"] == 1_000_00
    assert owner("POST", f"{at}/invoice", {"email": "bills@brightcare.example"}).status_code == 200
    paid = owner("POST", f"{at}/payment", {"reference": "wire 7"}).json()
    assert paid["owed_cents"] == 600_00
    assert owner("POST", f"{at}/payment", {"reference": "wire 7"}).status_code == 409
    assert owner("POST", f"{at}/refund", {"amount_cents": 400_01, "reason": "x"}).status_code == 422
    made = owner("POST", "/vouchers", {"amount_cents": 100_00, "number": 2}).json()
    assert len({row["code"] for row in made}) == 2
    ended = owner("POST", f"/vouchers/{made[0]['id']}/end", {}).json()
    assert ended["status"] == "ended"
    assert json.dumps(owner("GET", "/org/payments").json()).count("sk_") == 0


def test_a_student_redeems_a_voucher_and_guesses_only_so_often(tenant, order, student, settings):
    client = client_of(student.user)
    at = f"/lms/orders/{order.id}"
    made = vouchers.create(tenant.owner, payer_name="City board", amount_cents=250_00)
    client.post(f"{at}/voucher", {"code": made.code.lower()})
    assert order.allocations.get(payer="voucher").amount_cents == 250_00
    answers = [client.post(f"{at}/voucher", {"code": "AAAA"}).status_code for _ in range(30)]
    assert answers[0] == 409
    assert answers[-1] == 429


def test_a_student_asks_for_a_payer_and_splits_the_rest(order, student):
    client = client_of(student.user)
    at = f"/lms/orders/{order.id}"
    said = {"payer": "ita", "name": "City board", "amount": "400", "reference": "A-1"}
    assert client.post(f"{at}/payer", said | {"amount": "1000.01"}).status_code == 422
    assert client.post(f"{at}/payer", said | {"payer": "student"}).status_code == 422
    client.post(f"{at}/payer", said)
    assert "City board" in client.get(f"{at}/").text
    assert client.post(f"{at}/instalments", {"number": "4", "confirmed": "1"}).status_code == 422
    client.post(f"{at}/instalments", {"number": "3", "confirmed": "1"})
    parts = order.allocations.filter(payer="student").values_list("amount_cents", flat=True)
    assert sorted(parts) == [200_00] * 3


def test_another_student_and_another_organization_find_no_order(tenant, stranger, order):
    share = order.allocations.get()
    for user in (
        tenant.organization.memberships.get(role="owner").user,
        stranger.organization.memberships.get(role="owner").user,
    ):
        client = client_of(user)
        assert client.get(f"/lms/orders/{order.id}/").status_code == 404
        for act in ("voucher", "payer", "instalments", "check", f"shares/{share.id}/pay"):
            said = {"code": "A", "payer": "scholarship"}
            assert client.post(f"/lms/orders/{order.id}/{act}", said).status_code == 404, act
