"""Single-turn requests with many details, and a sensible answer to each, made from templates.

They teach the model to repeat the details of a request (names, times, phone and card numbers)
before acting on it. All people, numbers and addresses are invented.
"""

import random

FIRST = [
    "Maria",
    "James",
    "Aisha",
    "Daniel",
    "Sofia",
    "Liam",
    "Priya",
    "Chen",
    "Fatima",
    "Noah",
    "Emma",
    "Lucas",
    "Yuki",
    "Omar",
    "Hannah",
    "Ivan",
    "Grace",
    "Pedro",
    "Leila",
    "Marcus",
    "Nina",
    "Oscar",
    "Ruth",
    "Samuel",
    "Tara",
    "Victor",
    "Wendy",
    "Xavier",
    "Zoe",
    "Adam",
    "Bella",
    "Carlos",
    "Diana",
    "Elena",
    "Felix",
    "Gloria",
    "Henry",
    "Irene",
    "Jonas",
    "Karen",
    "Leo",
    "Monica",
    "Nathan",
    "Olga",
    "Paul",
    "Quinn",
    "Rosa",
    "Stefan",
    "Teresa",
    "Umar",
    "Vera",
    "Walter",
    "Amara",
    "Bruno",
    "Clara",
    "Dmitri",
    "Esther",
    "Farah",
    "George",
    "Helen",
    "Isaac",
    "Julia",
    "Kenji",
    "Laura",
    "Miguel",
    "Nadia",
    "Oliver",
    "Petra",
    "Rahul",
    "Sara",
    "Thomas",
    "Ursula",
    "Vikram",
    "Amy",
    "Ben",
    "Cathy",
    "David",
    "Erik",
    "Fiona",
    "Greta",
    "Hugo",
    "Ingrid",
    "Jack",
    "Kate",
    "Lena",
    "Martin",
    "Nora",
    "Peter",
    "Rachel",
    "Simon",
    "Tina",
    "Alan",
    "Beth",
    "Claire",
    "Derek",
    "Abdul",
    "Mei",
    "Anika",
    "Ravi",
    "Lin",
    "Kofi",
    "Chloe",
    "Ethan",
    "Mason",
    "Ava",
    "Mia",
    "Jacob",
    "Logan",
    "Anna",
    "Robert",
    "Susan",
    "Linda",
]
LAST = [
    "Keller",
    "Smith",
    "Johnson",
    "Nguyen",
    "Garcia",
    "Patel",
    "Kim",
    "Okafor",
    "Müller",
    "Rossi",
    "Novak",
    "Silva",
    "Brown",
    "Chen",
    "Tanaka",
    "Hassan",
    "Ivanova",
    "Lopez",
    "Martin",
    "Dubois",
    "Larsen",
    "Murphy",
    "Walsh",
    "Cohen",
    "Fischer",
    "Weber",
    "Schmidt",
    "Moreau",
    "Costa",
    "Fernandez",
    "Park",
    "Singh",
    "Khan",
    "Ali",
    "Wright",
    "Hughes",
    "Carter",
    "Evans",
    "Turner",
    "Parker",
    "Collins",
    "Stewart",
    "Morris",
    "Rogers",
    "Reed",
    "Cook",
    "Bell",
    "Bailey",
    "Cooper",
    "Ward",
    "Torres",
    "Gray",
    "Ramirez",
    "Watson",
    "Brooks",
    "Kelly",
    "Sanders",
    "Price",
    "Bennett",
    "Wood",
    "Barnes",
    "Ross",
    "Henderson",
    "Coleman",
    "Jenkins",
    "Perry",
    "Powell",
    "Long",
    "Hall",
    "Young",
    "King",
    "Scott",
    "Green",
    "Adams",
    "Baker",
    "Nelson",
    "Hill",
    "Campbell",
    "Mitchell",
    "Roberts",
    "Phillips",
    "Lindqvist",
    "Andersen",
    "Kowalski",
    "Horvath",
    "Petrov",
    "Yamamoto",
    "Sato",
    "Wong",
    "Lim",
    "Mensah",
    "Diallo",
    "Mbeki",
    "Osei",
    "Haddad",
    "Levy",
    "Stern",
    "Vogel",
    "Brandt",
    "Huber",
    "Ricci",
]
CITIES = [
    "Boston",
    "Denver",
    "Austin",
    "Portland",
    "Oakland",
    "Berlin",
    "Vienna",
    "Zurich",
    "Madrid",
    "Lisbon",
    "Dublin",
    "Oslo",
    "Rome",
    "Milan",
    "Prague",
    "Warsaw",
    "Athens",
    "Cairo",
    "Lagos",
    "Nairobi",
    "Mumbai",
    "Delhi",
    "Tokyo",
    "Osaka",
    "Seoul",
    "Lima",
    "Bogota",
    "Quito",
    "Houston",
    "Dallas",
    "Miami",
    "Tampa",
    "Orlando",
    "Atlanta",
    "Detroit",
    "Cleveland",
    "Columbus",
    "Nashville",
    "Memphis",
    "Phoenix",
    "Tucson",
    "Sacramento",
    "Fresno",
    "San Diego",
    "San Jose",
    "San Francisco",
    "Los Angeles",
    "Seattle",
    "Chicago",
    "New York",
    "Philadelphia",
    "Baltimore",
    "Washington",
    "Toronto",
    "Montreal",
    "Vancouver",
    "Calgary",
    "London",
    "Manchester",
    "Leeds",
    "Glasgow",
    "Edinburgh",
    "Bristol",
    "Paris",
    "Lyon",
    "Munich",
    "Hamburg",
    "Cologne",
    "Geneva",
    "Brussels",
    "Amsterdam",
    "Copenhagen",
    "Stockholm",
    "Helsinki",
    "Budapest",
    "Istanbul",
    "Sydney",
    "Melbourne",
    "Auckland",
    "Perth",
    "Palo Alto",
    "Berkeley",
    "Napa",
    "Santa Rosa",
    "Pleasanton",
    "Walnut Creek",
    "Salt Lake City",
    "Kansas City",
    "New Orleans",
    "Minneapolis",
    "Milwaukee",
]
STREETS = [
    "Oak",
    "Maple",
    "Main",
    "Park",
    "Elm",
    "Mission",
    "Washington",
    "Lake",
    "Hill",
    "Market",
    "Church",
    "Bridge",
    "Garden",
    "River",
    "Spring",
    "Cedar",
    "Pine",
    "Valley",
    "Sunset",
    "King",
    "Queen",
    "Station",
    "Mill",
    "Forest",
    "Highland",
    "Franklin",
    "Lincoln",
    "Madison",
    "Grand",
]
STREET_KINDS = ["Street", "Avenue", "Road", "Lane", "Drive", "Boulevard"]
COUNTS = ["one", "two", "three", "four", "five", "six", "eight", "2", "3", "4", "5", "6"]
DAYS = [
    "today",
    "tonight",
    "tomorrow",
    "tomorrow evening",
    "on Monday",
    "on Tuesday",
    "on Wednesday",
    "on Thursday",
    "on Friday",
    "on Saturday",
    "on Sunday",
    "next Monday",
    "next Tuesday",
    "next Friday",
    "this Saturday",
    "this weekend",
    "on March 8th",
    "on the 3rd of May",
    "on June 21st",
    "on April 14",
    "on December 2nd",
    "on the 12th",
    "on the 5th of this month",
]
CUISINES = [
    "Italian",
    "Mexican",
    "Indian",
    "Thai",
    "Chinese",
    "Japanese",
    "French",
    "Greek",
    "Vietnamese",
    "Korean",
    "American",
    "Spanish",
    "Turkish",
    "vegetarian",
    "seafood",
    "sushi",
    "pizza",
    "Ethiopian",
    "Mediterranean",
]
PLACES = [
    "Bella Vista",
    "The Golden Spoon",
    "Luigi's",
    "Blue Door Cafe",
    "Saffron House",
    "The Corner Table",
    "Casa Verde",
    "Sakura",
    "The Old Mill",
    "Harbor Grill",
    "Lotus Garden",
    "Chez Nous",
    "The Green Olive",
    "Red Lantern",
    "Taverna Nova",
]
DOCTORS = [
    "doctor",
    "dentist",
    "dermatologist",
    "eye doctor",
    "general practitioner",
    "physiotherapist",
    "pediatrician",
    "gynecologist",
    "therapist",
    "cardiologist",
]
REASONS = [
    "a sore throat",
    "a check-up",
    "back pain",
    "a headache that will not go away",
    "a rash on my arm",
    "a cleaning",
    "my yearly exam",
    "a toothache",
    "a cough",
    "knee pain",
    "a follow-up visit",
    "a flu shot",
    "trouble sleeping",
]
TASKS = [
    "call the bank",
    "buy milk and eggs",
    "pick up the kids",
    "pay the rent",
    "water the plants",
    "take my medicine",
    "send the report",
    "renew my passport",
    "book the flights",
    "feed the cat",
    "return the library books",
    "clean the kitchen",
    "check the oven",
    "finish the slides",
    "email the landlord",
    "collect the parcel",
    "wish my sister a happy birthday",
    "charge the car",
    "submit the tax form",
    "walk the dog",
]
NEWS = [
    "I will be ten minutes late",
    "the meeting has been moved to Friday",
    "dinner is at seven",
    "I got the job",
    "I am on my way",
    "the train is delayed",
    "I can't come tonight",
    "the keys are under the mat",
    "we should leave early tomorrow",
    "the package has arrived",
    "I miss you",
    "the doctor said everything is fine",
    "I will call back after lunch",
    "the tickets are booked",
    "happy birthday",
    "the invoice has been paid",
    "the car is at the garage",
    "I need the files by noon",
    "the party starts at nine",
    "thank you for your help",
]
KIN = [
    "my mother",
    "my wife",
    "my husband",
    "my brother",
    "my sister",
    "my boss",
    "my landlord",
    "my son",
    "my daughter",
    "my friend",
    "my neighbor",
    "my lawyer",
    "my colleague",
    "my assistant",
]
MEETINGS = [
    "the project review",
    "a budget meeting",
    "lunch",
    "coffee",
    "the weekly call",
    "an interview",
    "a planning session",
    "the team meeting",
    "a phone call",
    "the contract talk",
]
FLAVOUR = ["Please ", "please ", "Can you ", "Could you ", "Could you please ", "Hi, ", "I need you to ", "", "", ""]
OPENERS = ["Sure. ", "Okay. ", "Alright. ", "Of course. ", "Certainly. ", "Got it. ", "", "Sure, ", "Okay, "]
CHECKS = [
    " Is that correct?",
    " Is that right?",
    " Shall I go ahead?",
    " Would you like me to go ahead?",
    " Does that look right?",
    " Please confirm.",
]
DONES = [
    " Is there anything else I can help you with?",
    " Anything else?",
    " Do you need anything else?",
    " Can I help you with anything else?",
    "",
    "",
]


def person(rng):
    """An invented full name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def phone(rng):
    """An invented phone number in one of several usual forms."""
    a, b, c = rng.randint(201, 989), rng.randint(200, 999), rng.randint(0, 9999)
    form = rng.choice(["{}-{}-{:04d}"] * 3 + ["({}) {}-{:04d}", "+1 {} {} {:04d}", "{} {} {:04d}", "{}.{}.{:04d}"])
    return form.format(a, b, c)


def card(rng):
    """Sixteen random digits in the usual grouping of a payment card."""
    digits = [str(rng.choice([4, 5])) + f"{rng.randint(0, 999):03d}"] + [
        f"{rng.randint(0, 9999):04d}" for _ in range(3)
    ]
    return rng.choice([" ", " ", "-", ""]).join(digits)


def clock(rng):
    """A time of day."""
    hour, minute = rng.randint(1, 12), rng.choice(["", ":30", ":15", ":45", "", ""])
    return rng.choice(
        [
            f"{hour}{minute} pm",
            f"{hour}{minute} am",
            f"{hour}{minute} pm",
            f"{rng.randint(7, 22)}:{rng.choice(['00', '30', '15'])}",
        ]
    )


def mail(rng):
    """An invented e-mail address under a reserved domain."""
    first, last = rng.choice(FIRST).lower(), rng.choice(LAST).lower().replace("ü", "u")
    return f"{first}{rng.choice(['.', '_', ''])}{last}@{rng.choice(['example.com', 'example.org', 'mail.example', 'example.net'])}"


def address(rng):
    """An invented street address."""
    return f"{rng.randint(1, 2999)} {rng.choice(STREETS)} {rng.choice(STREET_KINDS)}"


def _cap(text):
    return text[:1].upper() + text[1:]


def _say(rng, body):
    opener = rng.choice(OPENERS)
    return opener + (
        body
        if opener.endswith(", ") and body.startswith("I ")
        else body[:1].lower() + body[1:]
        if opener.endswith(", ") and not body.startswith("I'")
        else _cap(body)
    )


def _ask(rng, body, end="."):
    start = rng.choice(FLAVOUR)
    if start.strip() in ("Can you", "Could you", "Could you please") and end == ".":
        end = "?"
    return _cap(start + body + end)


def table(rng):
    """Book a table."""
    n, at, day, who = rng.choice(COUNTS), clock(rng), rng.choice(DAYS), person(rng)
    where = rng.choice(
        [
            "",
            "",
            f" at {rng.choice(PLACES)}",
            f" at {rng.choice(PLACES)} in {rng.choice(CITIES)}",
            f" at a nice {rng.choice(CUISINES)} restaurant in {rng.choice(CITIES)}",
        ]
    )
    verb = rng.choice(["book a table", "reserve a table", "make a reservation", "get us a table"])
    name = rng.choice([f" for {who}", f" under the name {who}", f", the name is {who}", f" in the name of {who}"])
    ask, extra = f"{verb} for {n}{where} at {at} {day}{name}", ""
    if rng.random() < 0.55:
        number = phone(rng)
        ask += rng.choice(
            [f", phone {number}", f", my number is {number}", f". The phone number is {number}", f" ({number})"]
        )
        extra += rng.choice(
            [
                f" I will give them {number} as the phone number.",
                f" The contact number is {number}.",
                f" They can reach you at {number}.",
            ]
        )
    if rng.random() < 0.4:
        number = card(rng)
        ask += rng.choice([f", card {number}", f", and my card is {number}", f". Use my card {number}"])
        extra += rng.choice(
            [
                " I will use the card you gave me to hold the table.",
                f" The card ending in {number[-4:]} will hold the booking.",
                " Your card will only be used to hold the table.",
            ]
        )
    answer = rng.choice(
        [
            f"I will book a table for {n}{where} at {at} {day} under the name {who}.",
            f"Please confirm: a table for {n}{where} {day} at {at}, in the name of {who}.",
            f"Let me check the details. You want a table for {n}{where} {day} at {at} for {who}.",
        ]
    )
    return _ask(rng, ask), _say(rng, answer) + extra + rng.choice(CHECKS)


def doctor(rng):
    """Book a doctor."""
    kind, day, at, why = rng.choice(DOCTORS), rng.choice(DAYS), clock(rng), rng.choice(REASONS)
    who, city = person(rng), rng.choice(CITIES)
    ask = rng.choice(
        [
            f"book an appointment with a {kind} in {city} {day} at {at} for {why}",
            f"find me a {kind} in {city}. I have {why} and would like to come {day} at {at}",
            f"make an appointment with Dr. {who} {day} at {at}. It is about {why}",
            f"I need to see a {kind} {day} because of {why}. My name is {who}",
        ]
    )
    extra = ""
    if rng.random() < 0.4:
        number = phone(rng)
        ask += f". My phone number is {number}"
        extra = f" I will leave {number} as the number to call."
    if f"Dr. {who}" in ask:
        answer = f"I will make an appointment with Dr. {who} {day} at {at}." + extra + rng.choice(CHECKS)
    elif f"is {who}" in ask:
        answer = (
            f"I can look for a {kind} for you {day}, {who.split()[0]}."
            + extra
            + rng.choice([" What time would you like?", " Which city should I search in?"])
        )
    elif ask.startswith("find"):
        answer = (
            f"I am sorry to hear that. I will look for a {kind} in {city} who has time {day} at {at}."
            + extra
            + rng.choice(CHECKS)
        )
    else:
        answer = (
            f"I will book a {kind} in {city} {day} at {at} for {why.replace('my', 'your')}."
            + extra
            + rng.choice(CHECKS)
        )
    return (_cap(ask) + "." if ask.startswith("I need") else _ask(rng, ask)), _say(rng, answer)


def message(rng):
    """Send a message."""
    who = rng.choice([person(rng), rng.choice(FIRST), rng.choice(KIN)])
    news = rng.choice(NEWS)
    number = f" at {phone(rng)}" if rng.random() < 0.3 else f" at {mail(rng)}" if rng.random() < 0.15 else ""
    ask = rng.choice(
        [
            f"send a message to {who}{number} saying that {news}",
            f"text {who}{number} that {news}",
            f"tell {who} that {news}",
            f"send {who} a message: {news}",
            f"write to {who}{number} and say that {news}",
            f"let {who} know that {news}",
        ]
    )
    told, number = who.replace("my ", "your "), number if number and number in ask else ""
    answer = rng.choice(
        [
            f'I will send this message to {told}{number}: "{_cap(news)}."' + rng.choice(CHECKS),
            f'Here is the message to {told}: "{_cap(news)}."'
            + rng.choice([" Shall I send it?", " Should I send it now?", " Do you want to change anything?"]),
            f'The message to {told}{number} reads: "{_cap(news)}."'
            + rng.choice([" Shall I send it?", " Should I send it now?"]),
        ]
    )
    return _ask(rng, ask), _say(rng, answer)


def remind(rng):
    """Set a reminder."""
    task, day, at = rng.choice(TASKS), rng.choice(DAYS), clock(rng)
    ask = rng.choice(
        [
            f"remind me to {task} {day} at {at}",
            f"set a reminder to {task} at {at} {day}",
            f"I must not forget to {task} {day}. Remind me at {at}",
            f"put a reminder in my calendar for {day.removeprefix('on ')} at {at} to {task}",
        ]
    )
    mine = task.replace("my ", "your ")
    answer = rng.choice(
        [
            f"I will remind you to {mine} {day} at {at}.",
            f"I have set a reminder to {mine} {day} at {at}.",
            f"Your reminder is set: {mine}, {day} at {at}.",
        ]
    )
    return (_cap(ask) + "." if ask.startswith("I ") else _ask(rng, ask)), _say(rng, answer) + rng.choice(DONES)


def meeting(rng):
    """Put a meeting in the calendar."""
    what, who, day, at = rng.choice(MEETINGS), person(rng), rng.choice(DAYS), clock(rng)
    where = rng.choice(["", "", f" at {address(rng)}", f" in {rng.choice(CITIES)}"])
    ask = rng.choice(
        [
            f"add {what} with {who} to my calendar {day} at {at}{where}",
            f"schedule {what} with {who} {day} at {at}{where}",
            f"set up {what} with {who}{where} {day} at {at}",
            f"invite {who} ({mail(rng)}) to {what} {day} at {at}",
        ]
    )
    where = where if where and where in ask else ""
    answer = rng.choice(
        [
            f"I will add {what} with {who}{where} {day} at {at} to your calendar.",
            f"You want to schedule {what} with {who}{where} {day} at {at}.",
            f"I am adding {what} with {who} {day} at {at}{where}.",
        ]
    )
    return _ask(rng, ask), _say(rng, answer) + rng.choice(CHECKS)


def transfer(rng):
    """Send money."""
    who, amount = (
        person(rng),
        rng.choice(
            [
                f"${rng.randint(10, 2900)}",
                f"{rng.randint(10, 900)} dollars",
                f"${rng.randint(10, 400)}.{rng.randint(10, 99)}",
            ]
        ),
    )
    kind = rng.choice(["checking", "savings"])
    ask = rng.choice(
        [
            f"transfer {amount} to {who} from my {kind} account",
            f"send {amount} to {who}",
            f"pay {who} {amount} from my {kind} account",
            f"send {amount} from my {kind} account to {who}, account number {rng.randint(10**7, 10**10)}",
        ]
    )
    source = f" from your {kind} account" if kind in ask else ""
    answer = rng.choice(
        [
            f"I will transfer {amount} to {who}{source}.",
            f"Please confirm: you want to send {amount} to {who}{source}.",
            f"You are sending {amount}{source} to {who}.",
        ]
    )
    tail = (
        rng.choice(CHECKS)
        if source
        else rng.choice([" Should I use your checking or your savings account?", " Which account should I use?"])
    )
    return _ask(rng, ask), _say(rng, answer) + tail


def travel(rng):
    """Book a flight, a train or a room."""
    a, b = rng.sample(CITIES, 2)
    day, n, who = rng.choice(DAYS), rng.choice(["one", "two", "three", "2", "4"]), person(rng)
    people = f"{n} {'person' if n == 'one' else 'people'}"
    if rng.random() < 0.5:
        kind = rng.choice(["flight", "train", "bus ticket"])
        ask = rng.choice(
            [
                f"find a {kind} from {a} to {b} {day} for {people}",
                f"book a {kind} from {a} to {b} {day}. The traveler is {who}",
            ]
        )
        answer = f"I will look for a {kind} from {a} to {b} {day}" + (
            f" for {who}." if who in ask else f" for {people}."
        )
        tail = rng.choice(
            [
                " What time would you like to leave?",
                " Do you prefer the morning or the evening?",
                " Would you like to see the cheapest one first?",
            ]
        )
    else:
        nights = rng.choice(["two", "three", "four", "five", "2", "3"])
        ask = rng.choice(
            [
                f"book a hotel room in {b} for {nights} nights {day} for {people}",
                f"reserve a room in {b} {day} for {nights} nights under the name {who}",
            ]
        )
        answer = f"You want a room in {b} {day} for {nights} nights" + (
            f" under the name {who}." if who in ask else f" for {people}."
        )
        tail = rng.choice([" Do you have a hotel in mind?", " What price range are you looking for?"] + CHECKS)
    return _ask(rng, ask), _say(rng, answer) + tail


def order(rng):
    """A taxi or a delivery to an address."""
    where, at, who = address(rng), clock(rng), person(rng)
    city = rng.choice(CITIES)
    ask, answer = rng.choice(
        [
            (f"get me a taxi to {where} in {city} at {at}", f"I will get you a taxi to {where} in {city} at {at}."),
            (
                f"order a cab from {where} to the airport at {at} for {who}",
                f"I will order a cab for {who} from {where} to the airport at {at}.",
            ),
            (f"order {rng.choice(CUISINES)} food to {where} by {at}", None),
        ]
    )
    if answer is None:
        answer = f"I will have {ask.split()[1]} food delivered to {where} by {at}."
    return _ask(rng, ask), _say(rng, answer) + rng.choice(CHECKS)


def who_are_you(rng):
    """Small talk about the assistant itself."""
    return rng.choice(
        [
            ("Hello!", "Hello! How can I help you today?"),
            ("Hi", "Hi! What can I do for you?"),
            ("Good morning.", "Good morning! How can I help you?"),
            ("Who are you?", "I am Sotto, a small assistant. How can I help you?"),
            ("What is your name?", "My name is Sotto. What can I do for you?"),
            (
                "What can you do?",
                "I can help you find a restaurant, book an appointment, send a message or set a reminder.",
            ),
            ("Thank you!", "You're welcome. Is there anything else I can help you with?"),
            ("Thanks, that is all.", "You're welcome. Have a nice day!"),
            ("How are you?", "I am fine, thank you. How can I help you today?"),
            ("Can you help me?", "Of course. What do you need?"),
        ]
    )


KINDS = [table] * 4 + [doctor] * 3 + [message] * 4 + [remind] * 3 + [meeting] * 2 + [transfer, travel, travel, order]


def make(rng: random.Random):
    """One (prompt, answer) pair."""
    return who_are_you(rng) if rng.random() < 0.02 else rng.choice(KINDS)(rng)


if __name__ == "__main__":
    source = random.Random(1)
    for _ in range(24):
        print(*make(source), sep="\n    ")
