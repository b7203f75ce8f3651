"""The ways accounts say no.

Nothing here says whether an address has an account: a wrong password and an unknown address are the same
refusal.
"""

from admitone.values.refusals import Conflict, Forbidden, Gone, Invalid, NotFound, Unauthenticated


class NotSignedIn(Unauthenticated):
    """Nobody is signed in, and this is for somebody who is."""

    code = "accounts.not_signed_in"
    text = "Please sign in first."


class WrongPassword(Unauthenticated):
    """The address and the password do not belong together, or nobody has that address."""

    code = "accounts.wrong_password"
    text = "This e-mail address and password do not go together."


class WrongCurrentPassword(Invalid):
    """The present password, asked for before it is replaced, is not right."""

    code = "accounts.wrong_current_password"
    text = "This is not your present password. If you forgot it, sign in by mailed link and set a new one."


class FreshSignInWanted(Forbidden):
    """Something wants a fresh proof, and the person has no password to type. `minutes` long a mailed link is one."""

    code = "accounts.fresh_sign_in_wanted"
    text = "Please sign in once more by mailed link, and do this within {minutes} minutes of it."


class NotAllowed(Forbidden):
    """The person's role with this organiser does not include this."""

    code = "accounts.not_allowed"
    text = "You may not do that for this organiser."


class NotOperator(Forbidden):
    """The person is not one of those who run the site."""

    code = "accounts.not_operator"
    text = "This is for the people who run this site."


class OperatorUnknown(NotFound):
    """Nobody has proven this address, so nobody with it can be made an operator."""

    code = "accounts.operator_unknown"
    text = "Nobody has an account here with this e-mail address. Let them sign in once, then say it again."


class PasswordTooShort(Invalid):
    """Fewer characters than `least`."""

    code = "accounts.password_too_short"
    text = "Choose a password of at least {least} characters. Three or four words make a good one."


class PasswordTooLong(Invalid):
    """More characters than `most`."""

    code = "accounts.password_too_long"
    text = "Choose a password of at most {most} characters."


class PasswordTooCommon(Invalid):
    """One of the first that anybody would try."""

    code = "accounts.password_too_common"
    text = "This password is one of the first that others would guess. Choose another one."


class PasswordIsEmail(Invalid):
    """The password is the address it protects."""

    code = "accounts.password_is_email"
    text = "Your e-mail address is no secret. Choose another password."


class NameMissing(Invalid):
    """Nothing that can be read."""

    code = "accounts.name_missing"
    text = "Please write a name."


class NameTooLong(Invalid):
    """More characters than `most`."""

    code = "accounts.name_too_long"
    text = "Please use at most {most} characters."


class LinkNotFound(NotFound):
    """We never sent this link, or it was damaged on its way."""

    code = "accounts.link_not_found"
    text = "This link does not work. Please check that you copied all of it, or ask for a new one."


class LinkUsed(Gone):
    """A link works once."""

    code = "accounts.link_used"
    text = "This link has been used already. Ask for a new one."


class LinkExpired(Gone):
    """A link works for a short while only."""

    code = "accounts.link_expired"
    text = "This link is too old. Ask for a new one."


class OrganiserNotFound(NotFound):
    """There is no such organiser, or the asker may not know of it."""

    code = "accounts.organiser_not_found"
    text = "We cannot find this organiser."


class SlugTaken(Conflict):
    """Another organiser has this address."""

    code = "accounts.slug_taken"
    text = "This address is taken. Choose another one."


class BadSlug(Invalid):
    """Not an address of a-z, 0-9 and single dashes, 2 to `most` of them; or one we need ourselves."""

    code = "accounts.bad_slug"
    text = "Use 2 to {most} letters a to z, digits and single dashes, such as mill-lane-jazz."


class BadRole(Invalid):
    """Not one of the roles there are."""

    code = "accounts.bad_role"
    text = "Choose one of these: {choices}."


class AlreadyMember(Conflict):
    """The person works for this organiser already; remove them first to give them another role."""

    code = "accounts.already_member"
    text = "This person is in the team already."


class MemberNotFound(NotFound):
    """Nobody with this id works for the organiser."""

    code = "accounts.member_not_found"
    text = "We cannot find this person in the team."


class LastOwner(Conflict):
    """An organiser always has an owner."""

    code = "accounts.last_owner"
    text = "An organiser needs an owner. Make somebody else an owner first."


class OnlyOwnerStays(Conflict):
    """The account of an organiser's only owner is not deleted. `organiser_name` says of which."""

    code = "accounts.only_owner_stays"
    text = "You are the only owner of {organiser_name}. Make somebody else an owner first, then delete your account."


class OperatorStays(Conflict):
    """Whoever runs the site is made so by the command line, and stays until that is taken back there."""

    code = "accounts.operator_stays"
    text = (
        "You run this site. Let somebody take that back by its command line first, then delete your account."
    )


class InvitationNotFound(NotFound):
    """We never sent this invitation, or it was taken back."""

    code = "accounts.invitation_not_found"
    text = "This invitation does not work any more. Ask for a new one."


class InvitationGone(Gone):
    """The invitation was accepted, or it is too old."""

    code = "accounts.invitation_gone"
    text = "This invitation is over: it was accepted or is too old. Ask for a new one."


class InvitationForAnother(Forbidden):
    """The invitation was mailed to another address than the signed-in person's."""

    code = "accounts.invitation_for_another"
    text = "This invitation was sent to another e-mail address. Sign in with the address it was sent to."


class WalletChallengeGone(Gone):
    """The question put to a wallet was answered, used, is too old, or was asked by another browser."""

    code = "accounts.wallet_challenge_gone"
    text = "This sign-in code is used up or too old. Please ask for a new one."


class WalletSignatureWrong(Invalid):
    """The signature is not one of this key over this question."""

    code = "accounts.wallet_signature_wrong"
    text = "This wallet's signature does not fit. Please try again with a new code."


class WalletKeyUnknown(Conflict):
    """Nobody has linked this key."""

    code = "accounts.wallet_key_unknown"
    text = "This wallet is not linked to an account yet. Sign in another way first, then link it."


class WalletKeyTaken(Conflict):
    """The key is linked to another person."""

    code = "accounts.wallet_key_taken"
    text = (
        "This wallet is linked to another account. Sign in there and remove it first, or use another wallet."
    )


class WalletKeyNotFound(NotFound):
    """The person has no such key (any more)."""

    code = "accounts.wallet_key_not_found"
    text = "This wallet is not linked to your account any more."


class TooManyWalletKeys(Conflict):
    """A person has so many keys at most."""

    code = "accounts.too_many_wallet_keys"
    text = "You have linked {most} wallets. Remove one you no longer use first."
