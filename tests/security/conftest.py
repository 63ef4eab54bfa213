"""One of everything that has an address, in one organization."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.insights.learners import answer, question

from heliograph.accounts import actions as accounts
from heliograph.accounts import invitations, roles
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.user_imports import actions as user_imports
from heliograph.accounts.user_imports import checking
from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.courses import organizing
from heliograph.courses.models import Import
from heliograph.delivery import mail
from heliograph.dispatch import admission
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.dispatch.share_links import actions as share_links
from heliograph.lrs.browser import search, views
from heliograph.lrs.credentials import actions as records
from heliograph.lrs.models import Attachment, Undelivered
from heliograph.lrs.pipes import actions as pipes
from heliograph.lrs.statements.internal import store
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion import files as proofs
from heliograph.marketplace.credentials import templates
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.models import (
    AwardedCredential,
    CompletionList,
    PartnerResult,
    PartnerRun,
    ProgramPart,
)
from heliograph.marketplace.participants import feeding
from heliograph.marketplace.partners import actions as partners
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part
from heliograph.marketplace.wioa import layouts, participations, reporting, reports, results
from heliograph.marketplace.wioa.participations import Intake
from heliograph.organizations.assignments import actions as assignments
from heliograph.runtime.models import Registration
from heliograph.webhooks import actions as webhooks


def program_part(program) -> ProgramPart:
    return ProgramPart.objects.select_related("version").get(version=program.published, kind="partner")


def wioa_ids(tenant, student, enrollment) -> dict[str, object]:
    reporting.change(tenant.owner, provider="Northlight", least_cell=5)
    today = clock.now().date()
    participation = participations.start(tenant.owner, student, today, Intake())
    feeding.follow(tenant.owner, enrollment)
    return {
        "participation_id": participation.id,
        "service_id": participations.record_service(tenant.owner, participation, "career", today).id,
        "gain_id": results.record_gain(tenant.owner, participation, "milestone", today).id,
        "attainment_id": results.record_credential(tenant.owner, participation, "6", "CPT", today).id,
        "episode_id": enrollment.episode.id,
        "report_id": reports.order(tenant.owner, "indicators", today, today).id,
        "layout_id": reports.save_layout(tenant.owner, "State file", layouts.PROVIDER).layout_id,
    }


@pytest.fixture
def ids(tenant, course, dispatch, api, settings):
    postbacks.set_address(tenant.manager, dispatch, "https://lms.brandt.example/heliograph")
    registration = admission.admit(dispatch, "anna")
    license = licensing.attach(tenant.manager, dispatch)
    session, _ = deployments.open_session(
        dispatch, registration, deployments.Opening("https://lms.example.org")
    )
    Registration.objects.filter(id=registration.id).update(completion="completed")
    sha2 = "a" * 64
    file = {
        "usageType": "urn:x:certificate",
        "display": {"en": "Certificate"},
        "contentType": "text/plain",
        "length": 3,
        "sha2": sha2,
    }
    Attachment.objects.create(organization_id=tenant.organization.id, sha2=sha2, content=b"yes")
    passed = {
        "actor": {"mbox": "mailto:anna@example.org"},
        "verb": {"id": "urn:x:passed"},
        "object": {"id": "urn:x:fire"},
    }
    [statement_id] = store(
        tenant.organization.id,
        [{**passed, "attachments": [{**file, "fileUrl": "https://example.org/certificate"}]}],
    )
    key, _ = accounts.create_api_key(tenant.owner, "a key", Role.REPORTER)
    other = pipes.PipeSettings("https://lrs.invalid/xapi", "key", "secret")
    pipe = pipes.create_pipe(tenant.owner, "To the warehouse", "forward", other)
    undelivered = Undelivered.objects.create(
        pipe=pipe, statement_id=str(new_id()), reason="They do not like it.", at=clock.now()
    )
    endpoint, _ = webhooks.create_endpoint(tenant.owner, "https://hooks.invalid/heliograph", ["*"])
    delivery = webhooks.send_test(tenant.owner, endpoint)
    asked = question(course, "q1")
    answer(registration, asked, "a", True, within=new_id())
    group = groups.create(tenant.owner, "Everybody")
    groups.add(tenant.owner, group, [tenant.organization.memberships.get(role="reporter")])
    file = settings.UPLOAD_FOLDER / "users.csv"
    file.write_text("email\nnew@elsewhere.example\n")
    users = user_imports.start(tenant.owner, file, "users.csv")
    checking.check(users.id)
    holder = holders.create(tenant.manager, "Bright Care", permissions=["mark_complete"])
    holders.add_person(tenant.manager, holder, tenant.organization.memberships.get(role="reporter"))
    program = programs.create_whole(
        tenant.manager,
        "Phlebotomy",
        [Part("", "course", course), Part("Exam"), Part("At a partner", "partner")],
        holder=holder,
        published=True,
    )
    start = programs.add_cohort(tenant.manager, program, "Spring", date(2031, 3, 1))
    student = tenant.organization.memberships.select_related("user").get(role="learner")
    enrollment = enrollments.enroll_directly(tenant.manager, program, student)
    exam = enrollment.parts.get(part__kind="holder")
    with proofs.received(
        tenant.organization.id, [SimpleUploadedFile("proof.pdf", b"%PDF-1.7 a result")]
    ) as received:
        said = completion.Completion(clock.now(), files=received)
        claim = completion.claim(tenant.manager, exam, "holder", said, verified=False)
    awarded = AwardedCredential.objects.create(
        organization_id=tenant.organization.id,
        enrollment=enrollment,
        number=f"number-of-{tenant.organization.key}",
        title="Phlebotomy",
        holder_name="Lea Learner",
        completed_at=clock.now(),
    )
    partner = partners.create(
        tenant.manager,
        "Exams",
        "file",
        settings={"fields": {"person_id": "ID", "program": "Exam", "taken_at": "Date"}},
    )
    mapping = partners.map_program(tenant.manager, partner, "E-1", program, program_part(program))
    run = PartnerRun.objects.create(
        organization_id=tenant.organization.id,
        partner=partner,
        kind="manual",
        state="done",
        started_by="test",
    )
    result = PartnerResult.objects.create(
        organization_id=tenant.organization.id,
        partner=partner,
        external_id="r-1",
        person_id="C-1",
        program_key="e-1",
        outcome="completed",
        taken_at=clock.now(),
        seen="x",
        state="unmatched",
        reason="nobody",
    )
    completions = CompletionList.objects.create(
        organization_id=tenant.organization.id,
        member=tenant.organization.memberships.get(role="manager"),
        file_name="class.csv",
    )
    return {
        "list_id": completions.id,
        **wioa_ids(tenant, student, enrollment),
        "partner_id": partner.id,
        "mapping_id": mapping.id,
        "run_id": run.id,
        "result_id": result.id,
        "program_id": program.id,
        "cohort_id": start.id,
        "holder_id": holder.id,
        "enrollment_id": enrollment.id,
        "part_id": exam.id,
        "claim_id": claim.id,
        "file_id": claim.files.get().id,
        "awarded_id": awarded.number,
        "template_id": templates.create(tenant.manager, "Plain", templates.Design("Certificate", [])).id,
        "name": "badge.png",
        "question_id": asked.id,
        "course_id": course.id,
        "assignment_id": assignments.assign(
            tenant.manager, course, [tenant.organization.memberships.get(role="learner")]
        )[0].id,
        "folder_id": organizing.create_folder(tenant.manager, "Safety").id,
        "link_id": share_links.make_link(tenant.manager, dispatch.destination)[0].id,
        "share_id": share_links.make_link(tenant.manager, session.deployment)[0].id,
        "number": 1,
        "import_id": Import.objects.get().id,
        "destination_id": dispatch.destination_id,
        "dispatch_id": dispatch.id,
        "registration_id": registration.id,
        "session_id": new_id(),
        "license_id": license.id,
        "deployment_id": session.deployment_id,
        "mail_id": mail.send(
            tenant.organization.id, to=["anna@example.org"], subject="Hello", text="Hello"
        ).id,
        "postback_id": dispatch.postbacks.get().id,
        "user_id": tenant.organization.memberships.get(role="reporter").id,
        "key_id": key.id,
        "role_id": roles.create_role(tenant.owner, "Editor", ["courses.view"]).id,
        "kept_id": tenant.organization.memberships.get(role="manager").id,
        "user_import_id": users.id,
        "group_id": group.id,
        "credential_id": records.create_credential(tenant.owner, "a credential")[0].id,
        "statement_id": statement_id,
        "sha2": sha2,
        "view_id": views.save_view(
            tenant.owner, "A view", search.StatementFilters(verb="urn:x:passed"), shared=True
        ).id,
        "pipe_id": pipe.id,
        "endpoint_id": endpoint.id,
        "webhook_id": endpoint.id,
        "delivery_id": delivery.id,
        "undelivered_id": undelivered.id,
        "invitation_id": invitations.invite(tenant.owner, "invited@northlight.example", Role.REPORTER)[0].id,
        "member_id": tenant.organization.memberships.get(role="reporter").id,
    }
