"""Help, privacy, terms, accessibility: the same for everybody, said in the name of whoever runs the site."""

from fastapi import APIRouter, Request, Response

from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.prose.view import AccessibilityView, HelpView, PrivacyView, TermsView
from admitone.entrypoints.pages.respond import page

router = APIRouter(include_in_schema=False)


@router.get("/help")
async def help_page(request: Request, needs: Needs) -> Response:
    """Questions buyers have."""
    settings = needs.settings
    return await page(request, HelpView(settings.site_name, settings.mail_from, settings.hold_seconds // 60))


@router.get("/privacy")
async def privacy(request: Request, needs: Needs) -> Response:
    """What is kept about people."""
    return await page(request, PrivacyView(needs.settings.site_name, needs.settings.mail_from))


@router.get("/terms")
async def terms(request: Request, needs: Needs) -> Response:
    """What buying here means."""
    return await page(request, TermsView(needs.settings.site_name, needs.settings.mail_from))


@router.get("/accessibility")
async def accessibility(request: Request, needs: Needs) -> Response:
    """What works for whom, and whom to tell when something does not."""
    return await page(request, AccessibilityView(needs.settings.site_name, needs.settings.mail_from))
