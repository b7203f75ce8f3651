"""What messaging says no to."""

from admitone.values.refusals import Invalid, TooMany


class WordsMissing(Invalid):
    """A letter without a subject or without a text."""

    code = "messaging.words_missing"
    text = "Please write something here."


class WordsTooLong(Invalid):
    """More than a letter of this kind may say."""

    code = "messaging.words_too_long"
    text = "This may have at most {most} letters; it has {length}."


class TooManyCirculars(TooMany):
    """The organiser has written to the ticket holders of this event often enough for a day."""

    code = "messaging.too_many_circulars"
    text = "You have written to these ticket holders {most} times within a day, which is the most. Nothing was sent."
