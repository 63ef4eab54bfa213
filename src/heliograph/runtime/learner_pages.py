"""What the player's page and the refusals beside it show of a course's seller, in the learner's language."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from heliograph.core.errors import Problem
from heliograph.runtime import actions, hooks
from heliograph.runtime.brand import Brand
from heliograph.runtime.models import Registration
from heliograph.runtime.texts import ENGLISH, PLAYERS, Texts, catalog, chosen_language, filled, learner_texts


def brand_of(registration: Registration) -> Brand:
    """The seller, as the part above that registered the learner shows it; else the organization's name."""
    return hooks.learner_brand.first(registration) or Brand(name=registration.organization.name)


def brand_of_session(token: str) -> Brand | None:
    """The seller of the course whose player a token opens, or opened until it expired."""
    return _brand_of_registration(actions.registration_of_past_session(token))


def brand_of_link(token: str) -> Brand | None:
    """The seller of the course that a launch token opens, or opened."""
    return _brand_of_registration(actions.registration_of_link(token))


def shown(brand: Brand, accepted: str) -> dict[str, Any]:
    """The context of a learner's page; ``accepted`` is the browser's Accept-Language."""
    language = chosen_language(accepted, brand.language, brand.texts)
    texts = learner_texts(language, brand.texts)
    return {"brand": brand, "language": language, "texts": texts, "words": _nested(texts)}


def returned(accepted: str) -> str:
    """The page to which a lesson leads when it is over. It says so to a learner who opened it alone, and the
    player around it takes it away.
    """
    language = chosen_language(accepted)
    texts = {**catalog()[ENGLISH], **catalog()[language]}
    said = {"language": language, "title": texts["left.title"], "text": texts["left.text"]}
    return render_to_string("runtime/returned.html", {**said, "static": settings.CONTENT_STATIC_URL})


def _nested(texts: Texts) -> dict[str, Any]:
    """The texts as templates reach them: “contact.email” as a name in ``contact``."""
    words: dict[str, Any] = {}
    for name, text in texts.items():
        *folders, last = name.split(".")
        place = words
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = text
    return words


def refusal(
    problem: Problem, accepted: str, brand: Brand | None, reference: str, *, styled: bool = True
) -> str:
    """The page that says a problem to a learner: in their language where the catalog knows its code.

    It is ``styled`` with the seller's colors where the page's policy lets it be.
    """
    context = shown(brand or Brand(), accepted)
    texts = context["texts"]
    title, sentence = _said(problem, texts)
    said = {
        "title": title,
        "sentence": sentence,
        "code": filled(texts["code"], {"code": problem.problem_code}),
        "reference": filled(texts["reference"], {"reference": reference}) if reference else "",
        "static": settings.CONTENT_STATIC_URL,
        "styled": styled,
    }
    return render_to_string("runtime/problem.html", {**context, **said})


def _said(problem: Problem, texts: Texts) -> tuple[str, str]:
    """The title and sentence of a problem; the host's own where the catalog has none, or lacks a value."""
    code = problem.problem_code
    known = next((name for name in (code, f"{PLAYERS}{code}") if f"{name}.text" in texts), "")
    sentence = filled(texts[f"{known}.text"], problem.details) if known else ""
    if not sentence:
        return problem.title, problem.sentence
    return texts.get(f"{known}.title", texts["refused.title"]), sentence


def _brand_of_registration(registration_id: UUID | None) -> Brand | None:
    if registration_id is None:
        return None
    registration = Registration.objects.select_related("organization").filter(id=registration_id).first()
    return brand_of(registration) if registration else None
