"""Coarse kinds that the model tells apart, and how each data set's labels map onto them.

A token's target is a set of allowed tags: what a set does not label is not taught to be clean.
"""

KINDS = ["person", "place", "organisation", "address", "date", "age", "group", "contact", "id", "medical"]
TAGS = ["O"] + [f"{part}-{kind}" for kind in KINDS for part in "BI"]
TAG = {name: i for i, name in enumerate(TAGS)}
ALL = (1 << len(TAGS)) - 1


def tag(part, kind):
    """The number of a tag; part is `B` or `I`."""
    return TAG[f"{part}-{kind}"]


# A label maps to the kinds that it may be; `None` teaches nothing about its stretch.
PRESIDIO = {
    "PERSON": ["person"],
    "STREET_ADDRESS": ["address", "place"],
    "GPE": ["place"],
    "ORGANIZATION": ["organisation"],
    "PHONE_NUMBER": ["contact"],
    "CREDIT_CARD": ["id"],
    "DATE_TIME": ["date"],
    "AGE": ["age"],
    "TITLE": None,
    "EMAIL_ADDRESS": ["contact"],
    "NRP": ["group"],
    "DOMAIN_NAME": ["contact"],
    "ZIP_CODE": ["address"],
    "IP_ADDRESS": ["id"],
    "IBAN_CODE": ["id"],
    "US_SSN": ["id"],
    "US_DRIVER_LICENSE": ["id"],
}

_IDS = [
    "SOCIAL_SECURITY_NUMBER",
    "EMPLOYEE_ID",
    "IP_ADDRESS",
    "MEDICAL_RECORD_NUMBER",
    "BANK_ACCOUNT_NUMBER",
    "PASSPORT_NUMBER",
    "CREDIT_CARD_NUMBER",
    "MAC_ADDRESS",
    "IBAN",
    "SALARY",
    "NATIONAL_ID_NUMBER",
    "BANK_ROUTING_NUMBER",
    "DRIVER_LICENSE_NUMBER",
    "SWIFT_BIC_CODE",
    "PASSWORD",
    "LICENSE_PLATE",
    "INVOICE_NUMBER",
    "API_KEY",
    "HEALTH_INSURANCE_ID",
    "TAX_ID",
    "COURT_CASE_NUMBER",
    "INSURANCE_POLICY_NUMBER",
    "CREDIT_CARD_FRAGMENT",
    "AUTHENTICATION_TOKEN",
    "DEVICE_IDENTIFIER",
    "VEHICLE_IDENTIFICATION_NUMBER",
    "VISA_NUMBER",
    "CRYPTOCURRENCY_ADDRESS",
    "BIOMETRIC_ID",
    "PRESCRIPTION_NUMBER",
    "LATITUDE_LONGITUDE",
]
PII_ANON = {name: ["id"] for name in _IDS}
PII_ANON |= {
    "PERSON_NAME": ["person"],
    "EMAIL_ADDRESS": ["contact"],
    "PHONE_NUMBER": ["contact"],
    "STREET_ADDRESS": ["address"],
    "ORGANIZATION_NAME": ["organisation"],
    "DATE_OF_BIRTH": ["date"],
    "TIMESTAMP": ["date"],
    "USERNAME": ["contact"],
    "HEALTH_CONDITION": ["medical"],
    "MEDICATION_NAME": ["medical"],
    "PROCEDURE_NAME": ["medical"],
    "LOCATION_NAME": ["place"],
    "POSTAL_CODE": ["address"],
    "SOCIAL_MEDIA_HANDLE": ["contact"],
    "URL": ["contact"],
    "AGE": ["age"],
    "GENDER": ["group"],
    "MARITAL_STATUS": ["group"],
    "ETHNICITY": ["group"],
    "EDUCATION_LEVEL": ["group"],
    "RELIGIOUS_BELIEF": ["group"],
    "POLITICAL_OPINION": ["group"],
    "NATIONALITY": ["group"],
    "HOUSEHOLD_SIZE": None,
    "JOB_TITLE": None,
    "VEHICLE_MODEL": None,
}

UNER = {"PER": ["person"], "LOC": ["place", "address"], "ORG": ["organisation"], "OTH": None}
WNUT = {
    "person": ["person"],
    "location": ["place", "address"],
    "corporation": ["organisation"],
    "group": None,
    "product": None,
    "creative-work": None,
}

_SGD = {
    "date": "date time appointment_time pickup_date check_in_date departure_date appointment_date outbound_departure_time "
    "event_date check_out_date pickup_time dropoff_date return_date event_time leaving_time inbound_departure_time "
    "visit_date departure_time leaving_date available_start_time available_end_time show_time show_date "
    "outbound_arrival_time inbound_arrival_time new_alarm_time alarm_time",
    "contact": "phone_number",
    "address": "address street_address venue_address address_of_location",
    "place": "city location destination city_of_event origin_city destination_city origin where_to from_location to_location "
    "area pickup_city pickup_location origin_airport destination_airport from_station to_station origin_station_name "
    "destination_station_name origin_airport_name destination_airport_name event_location venue",
    "organisation": "restaurant_name hotel_name property_name attraction_name theater_name dentist_name stylist_name place_name",
    "person": "doctor_name directed_by recipient_account_name recipient_name therapist_name director artist starring actors",
}
SGD = {label: [kind] for kind, labels in _SGD.items() for label in labels.split()}
for _label in ["event_location", "venue", "pickup_location", "destination", "where_to"]:
    SGD[_label] = ["place", "organisation", "address"]
for _label in ["attraction_name", "place_name", "theater_name", "hotel_name", "property_name"]:
    SGD[_label] = ["organisation", "place"]
for _label in ["doctor_name", "dentist_name", "stylist_name", "therapist_name"]:
    SGD[_label] = ["person", "organisation"]
for _label in ["artist", "starring", "actors", "directed_by", "director"]:
    SGD[_label] = ["person", "organisation"]
SGD |= dict.fromkeys(["event_name", "movie_name", "title", "song_name", "album", "new_alarm_name", "alarm_name"])
# Prices, ratings, numbers and categories are not sensitive: they stay clean.
SGD_CLEAN = {
    "genre",
    "price",
    "cuisine",
    "average_rating",
    "car_name",
    "fare",
    "rent",
    "temperature",
    "precipitation",
    "balance",
    "total_price",
    "number_of_days",
    "rating",
    "ride_fare",
    "amount",
    "category",
    "subcategory",
    "wait_time",
    "approximate_ride_duration",
    "humidity",
    "wind",
    "price_per_night",
    "stay_length",
    "transfer_amount",
    "account_balance",
    "aggregate_rating",
    "transfer_time",
}

# Kinds that a set labels wherever they occur; of the others an unlabelled token says nothing.
LABELLED = {
    "presidio": KINDS,
    "pii-anon": list(KINDS),
    "uner": ["person", "place", "organisation"],
    "wnut": ["person", "place", "organisation"],
    "sgd": ["person", "place", "organisation", "address", "date", "contact", "age", "group", "id", "medical"],
    # Sentences without capitals may still hold these.
    "clean": [k for k in KINDS if k not in ("date", "age", "group", "medical")],
    "made": KINDS,
    "made-names": ["person", "place", "organisation"],
    "plain": ["person", "place", "organisation"],
}
