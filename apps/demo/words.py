"""Names and texts of the demo tenants. Data only; every organisation and person is made up."""

# Name and slug, because no rule turns every script into ASCII.
ORGANISATIONS = [
    ("Zürich Water Works", "zurich-water-works"),
    ("Harbour Street Tutors", "harbour-street-tutors"),
    ("São Bento Clínica", "sao-bento-clinica"),
    ("Northwind Mutual Insurance", "northwind-mutual"),
    ("Łódź Housing Cooperative", "lodz-housing"),
    ("東京 Learning Lab", "tokyo-learning-lab"),
    ("Fjord & Fell Outdoors", "fjord-and-fell"),
    ("Ärztehaus am Fluss", "aerztehaus-am-fluss"),
    ("Green Acre Seeds", "green-acre-seeds"),
    ("Librería El Faro", "libreria-el-faro"),
    ("Kisumu Maternal Health", "kisumu-maternal-health"),
    ("Atelier Crème Brûlée", "atelier-creme-brulee"),
    ("Ridgeway Credit Union", "ridgeway-credit-union"),
    ("Αιγαίο Ferries", "aegean-ferries"),
    ("Bright Path Schools", "bright-path-schools"),
    ("O'Malley & Daughters Legal", "omalley-and-daughters"),
    ("Nordlys Energi", "nordlys-energi"),
    ("Warung Digital Jakarta", "warung-digital"),
    ("Café Quilombo", "cafe-quilombo"),
    ("Old Mill Veterinary Group", "old-mill-vets"),
]
CITIES = [
    ("Lyon", "lyon"),
    ("Porto", "porto"),
    ("Malmö", "malmo"),
    ("Leeds", "leeds"),
    ("Kraków", "krakow"),
    ("Mombasa", "mombasa"),
    ("Mérida", "merida"),
    ("Hobart", "hobart"),
    ("Osaka", "osaka"),
    ("Tartu", "tartu"),
]

FIRST_NAMES = [
    "Zoë", "José", "Aylin", "Chloé", "Kwame", "Yuki", "Priya", "Tomás", "Ingrid", "Omar", "Márta", "Liam", "Noémie",
    "Ravi", "Hanna", "Thabo", "Inês", "Jürgen", "Mei", "Aoife",
]  # fmt: skip
LAST_NAMES = [
    "García", "Müller", "Okafor", "Tanaka", "Lefèvre", "Novák", "Silva", "Kim", "O'Neill", "Haddad", "Lindqvist",
    "Nguyen", "Papadakis", "Fernández", "Weber", "Mwangi", "Costa", "Dubois", "Sato", "Byrne",
]  # fmt: skip

# Fewer than a large team has chatbots: two of one name happen in real teams too.
CHATBOTS = [
    "Triage", "Opening hours", "Appointment helper", "Invoice questions", "Onboarding coach", "Complaints desk",
    "Study buddy", "Order tracker", "Symptom checker", "Benefits guide", "Returns", "Field reports", "Night watch",
    "Membership renewal", "Recipe finder", "Timetable", "Grant applications", "Safety briefing",
]  # fmt: skip
ASSISTANTS = ["Meeting notes", "Press review", "Contract reader", "Translator", "Minutes of the board", "Tone coach"]
EVALUATORS = ["Helpfulness", "Stays on topic", "Politeness", "No medical advice", "Answers in the user's language"]
ANALYSES = ["Why people call", "Mood by week", "Unanswered questions", "Languages spoken"]
COLLECTIONS = ["Handbook", "Price lists", "Leaflets", "House rules", "Frequently asked questions"]

PROMPTS = [
    "You answer for {team}. Be short and friendly. If you do not know, say so and name the office's phone number.",
    "You help people of {team}. Answer in the language of the question, in at most three sentences.",
    "You are the first contact of {team}. Ask one question at a time until you know what the person needs.",
    "Summarise the conversation so far for a colleague of {team}: who, what, by when. No names of third persons.",
]
ROUTES = [["billing", "appointment", "other"], ["urgent", "routine"], ["question", "complaint", "praise", "other"]]
SCHEMAS = [
    '{"name": "full name", "date": "the day that suits the person"}',
    '{"order": "order number", "reason": "why the person writes"}',
]
LABELS = {
    "LLMResponseWithPrompt": ["Answer", "Greet", "Summarise", "Rephrase simply", "Translate"],
    "RouterNode": ["Which desk?", "How urgent?", "What is it about?"],
    "ExtractStructuredData": ["Read the details", "Fill the form"],
    "SendEmail": ["Tell the desk", "Send a copy"],
}
