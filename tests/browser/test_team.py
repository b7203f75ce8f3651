"""A team in the browser: somebody is invited, joins by the mailed link, gets another role, and is removed."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Arrive
from tests.support.live_site import OWNER_EMAIL, LiveSite
from tests.support.visitor import Visitor

HOME = "/organiser/foundry-presents"
TEAM = f"{HOME}/team"
SUBJECT = "Join Foundry Presents on Admit One"


def _invites(owner: Visitor, email: str, role: str) -> None:
    owner.open(TEAM)
    owner.fill("E-mail", email)
    owner.page.get_by_label("Role", exact=True).select_option(role)
    owner.press("Send invitation")
    owner.sees(f"We have sent an invitation to {email}.")
    expect(_row(owner, "Invited", email)).to_be_visible()


def _row(visitor: Visitor, section: str, text: str) -> Locator:
    return visitor.page.get_by_role("region", name=section).get_by_role("listitem").filter(has_text=text)


def _follows_link(visitor: Visitor, email: str, subject: str) -> None:
    """The link in a letter."""
    visitor.open_letter(email, subject)
    visitor.page.locator("section[aria-labelledby=links] a", has_not_text="Admit One").first.click()


def _by_link(person: Visitor, email: str) -> None:
    """From the invitation by a mailed link, which makes the account, back to the invitation."""
    person.sees_heading("Join Foundry Presents")
    person.sees(f"{email}")
    person.press("Mail me a link")
    person.sees_heading("Look in your mail")
    _follows_link(person, email, "Sign in to Admit One")
    person.page.locator("main form button").click()


def test_somebody_is_invited_joins_rises_and_is_removed(visit: Arrive, live: LiveSite) -> None:
    email = "dora.door@example.org"
    owner, dora = visit("desktop"), visit("phone", has_script=False)
    owner.sign_in(OWNER_EMAIL)
    _invites(owner, email, "door")

    _follows_link(dora, email, SUBJECT)
    _by_link(dora, email)
    dora.sees_heading("Join Foundry Presents")
    dora.press("Join as door staff")
    dora.sees("You are now in the team of Foundry Presents.")
    dora.sees_heading("Events")
    assert dora.page.get_by_role("main").get_by_role("link", name="New event").count() == 0

    owner.open(TEAM)
    row = _row(owner, "Members", "Dora Door")
    row.get_by_label("Role of Dora Door").select_option("manager")
    row.get_by_role("button", name="Change the role of Dora Door").dblclick()
    owner.sees("The role is changed.")
    expect(row.get_by_label("Role of Dora Door")).to_have_value("manager")
    dora.open(HOME)
    expect(dora.page.get_by_role("main").get_by_role("link", name="New event")).to_be_visible()
    dora.open(TEAM)
    expect(dora.page.get_by_role("heading", level=1)).not_to_have_text("Team")

    row.get_by_role("button", name="Remove Dora Door").click()
    owner.sees("They are no longer in the team.")
    expect(row).to_have_count(0)
    dora.open(HOME)
    expect(dora.page.get_by_role("heading", level=1)).not_to_have_text("Events")
    query = "SELECT count(*) FROM accounts_member m JOIN accounts_person p ON p.id = m.person_id WHERE p.email = %s"
    assert live.ask(query, email) == [(0,)]


def test_an_invitation_taken_back_opens_nothing(visit: Arrive, live: LiveSite) -> None:
    email = "nobody.yet@example.org"
    owner, late = visit("phone"), visit("phone")
    owner.sign_in(OWNER_EMAIL)
    _invites(owner, email, "manager")
    row = _row(owner, "Invited", email)
    row.get_by_role("button", name=f"Withdraw the invitation of {email}").click()
    owner.sees("The invitation is taken back.")
    expect(row).to_have_count(0)
    _follows_link(late, email, SUBJECT)
    expect(late.page.get_by_role("heading", level=1)).not_to_have_text("Join Foundry Presents")
    assert late.page.get_by_role("button", name="Join as a manager").count() == 0
    late.open(HOME)
    expect(late.page.get_by_role("heading", level=1)).not_to_have_text("Events")
