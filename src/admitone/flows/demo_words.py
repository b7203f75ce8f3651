"""What the demo's organiser writes about its events, in Markdown.

A paragraph is one line, as people type it: a line of ours that ends in a backslash goes on in the next.
"""

LAGOS = """\
Eleven players, two drum kits and the brass section that closed last year's harvest party. The **Adeyemi \
Orchestra** opens its season with a new suite for the furnace hall, written to be heard from every side of \
the room: stand close to the horns, or take the stairs to the balcony and let the whole thing rise up to \
you.

The *Moremi Quartet* plays first, four voices over upright bass and talking drum. After midnight the chairs \
go to the wall and DJ Palmwine takes over with highlife, juju and records your uncle will not lend you.

## The evening

- **19:30** doors, palm wine and pepper soup in the yard
- **20:30** Moremi Quartet
- **21:45** The Adeyemi Orchestra
- **00:15** DJ Palmwine

## Good to know

Yaba station is five minutes on foot. The entrance on Mill Lane has no steps, and the balcony has a lift. \
Bring a light jacket: the hall is all brick and the breeze comes in from the yard.
"""

BERLIN = """\
For one night the glass courtyard of a former cable works becomes an instrument. Four light artists and five \
live acts share one patch bay: when the kick drum drops, the roof answers.

## Musik

*Nadja Holm* (live), *Ölfarbe*, *Drittes Ufer*, *Marlene K.* and a closing set that nobody has agreed to \
stop. Sound by people who measure rooms for a living; ear plugs are free at the bar.

## Licht

Three hundred square metres of glass, sixty fixtures, no screens. Between one and two in the morning the \
music rests and the room plays alone: lie down, look up.

## House rules

1. No photographs on the floor. We put a sticker on your lens; the memory is yours.
2. Look after each other. The awareness team wears a white band and is there all night.
3. Cloakroom is included, so come in layers.

The courtyard is level throughout and there is a quiet room on the ground floor.
"""

TOKYO = """\
Forty chairs, one pair of restored 1967 horn speakers, and a rule: while a record plays, nobody talks.

Each month a guest brings a crate and tells one story per side. This time it is **Mizuki Arai**, who spent \
eleven years cutting lacquers and hears things in a groove that the rest of us only feel. She brings \
Japanese jazz pressed between 1971 and 1979, most of it never reissued.

## How the evening goes

Side A, a story, side B, a break. Three records before the interval and three after it. Between them the bar \
serves hōjicha highballs, and coffee by the shop next door, which stays open late for us.

## Please note

- Seating is free; come early if you want the middle.
- The stairs are narrow and there is no lift. Write to us and we carry, help or move the evening downstairs.
- 演奏中の会話はご遠慮ください。
"""

NEW_YORK = """\
Six comics, a boiler that has not worked since 1954, and a two-drink *suggestion*.

The **Late Set** is where people try the bits they are not sure about yet. Some of it will be on television \
next year. Some of it will never be spoken of again. You will not know which while you are laughing.

## On the bill

- **Dolores Park** hosts, and knows your type
- **Ike Amadi**, back from a tour of towns with one traffic light
- **Sam & Sam**, who are married, to other people
- **Priya Raghunathan**, on insurance
- two names we cannot print, but you know them

Sixteen and over. The room is down eleven steps; there is a ramp on the Water Street side, ring the bell and \
we open. Phones sleep in a pouch at the door and come back happy.
"""

KUWAIT = """\
Forty kitchens on the old dhow harbour, from the aunt who makes one dish and makes it perfectly to the team \
that smokes brisket with date wood. Come hungry, stay until the call of the last coffee cart.

## What to eat first

- *Machboos* from three houses that have been arguing about it since 1988
- Keralan appam hot off the stone
- Saffron soft-serve, black lime granita, and one very serious cheesecake

## For families

The lawn belongs to children until 20:00: bread baking, kite making, and a puppet theatre in **Arabic and \
English**. Under fives come in free and need no ticket.

## The long table

Each evening twenty-four guests sit down with a visiting chef for seven courses cooked over fire, with the \
boats behind them. مرحباً بالجميع

Shaded seating, prayer rooms and accessible toilets are marked on the map you get at the gate.
"""

ONLINE = """\
A monthly evening for people who build things on Lightning, or would like to. Two short talks, one long \
question, no price charts.

## This month

**Ana Lúcia Prado** moved a bakery's till to hold invoices and kept notes on everything that broke. **Tobias \
Wren** shows how a node the size of a paperback survives a power cut with its channels intact.

Then the long question: *what would a refund look like if nobody had to trust anybody?* Bring half an \
answer.

## How to join

Your ticket has a page to watch on, which opens in any browser, with captions. In this demo a free film plays \
there. The recording goes to ticket holders for two weeks and then it is gone.

Coming is free. A supporter ticket pays for captions and for the next speaker's coffee.
"""
