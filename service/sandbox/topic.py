"""Finds the topic of a request: the main noun phrase of a prompt, what it intends, and the gist of a longer text.

Honest heuristics over English: patterns and word counts, no model. A request is read from the start of the prompt,
so that the time it takes has a bound; what works on whole texts takes time in proportion to their length.
"""

import re
from collections import Counter

from service.sandbox.words import ENGLISH

# Characters of a prompt that are read to find out what it asks for.
READ = 2000
_ASK = re.compile(
    r"""^\s*(?:(?:hi|hello|hey)[,!.\s]+)?(?:please\s+|kindly\s+)*
    (?:(?:can|could|would|will)\s+you\s+(?:please\s+)?|i(?:'d|\s+would)?\s+(?:want|need|like|love)\s+(?:you\s+to\s+)?
     |(?:last\s+night\s+)?i\s+(?:dreamt|dreamed|had\s+a\s+dream|was\s+dreaming)\s+(?:that\s+|about\s+|of\s+)?(?:i\s+(?:was\s+)?)?)?
    (?:(?:tell|write|give|make|create|generate|compose|craft|draft|invent|sing|show|find|suggest|come\s+up\s+with|do
       |explain|describe|summari[sz]e|list|outline|discuss|compare|teach|help|think\s+of|design|plan|prepare|bake|cook)\b
     \s*(?:(?:me|us|to\s+me|with)\s+)?)?
    """,
    re.I | re.X,
)
_KIND = re.compile(
    r"""^(?:(?:an?|the|some|one|two|three|four|five|six|seven|eight|nine|ten|\d+|another|my|our|few)\s+)*
    (?:[\w'’-]+\s+){0,5}?
    (?:about|on\s+the\s+(?:topic|subject)\s+of|on|regarding|concerning|involving|featuring|titled|called|named|inspired\s+by
      |for|of|to|starring|based\s+on|where|in\s+which)\s+(?=\S)""",
    re.I | re.X,
)
_NAMED_KIND = re.compile(
    r"""^(?:(?:an?|the|some|my|our|\d+|[a-z]+)\s+){0,4}
    (?:jokes?|poems?|stor(?:y|ies)|tales?|tips?|ideas?|ways|reasons|recipes?|songs?|lyrics|letters?|quotes?|riddles?|haikus?
      |limericks?|facts?|quiz(?:zes)?|questions?|names?|essays?|posts?|articles?|emails?|reviews?|scenes?|dialogues?|toasts?
      |speech(?:es)?|cards?|wish(?:es)?|captions?|titles?|slogans?|plans?|guides?|lists?|summar(?:y|ies)|reading|fables?
      |myths?|raps?|puns?|memes?|pranks?|dares?|excuses?|compliments?|roasts?|headlines?|descriptions?|scripts?)
    \s+(?:about|on|for|of|to|from|involving|featuring|with|regarding)\s""",
    re.I | re.X,
)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning|on\s+the\s+(?:topic|subject)\s+of)\s+(?=\S)", re.I)
_QUESTION = re.compile(
    r"^\s*(?:what(?:'s|\s+is|\s+are|\s+was|\s+were)?|who(?:'s|\s+is|\s+are)?|why(?:\s+do|\s+does|\s+is|\s+are)?"
    r"|how(?:\s+do(?:es)?|\s+can|\s+to|\s+should)?(?:\s+(?:i|you|we|one)\b)?|when|where|which|is|are|does|do|(?:should|can|could)\s+(?:i|we|you|one))\s+",
    re.I,
)
_STOP = re.compile(
    r"[.!?;:\n\"“”]|,\s|\s[-–—]\s|\s(?:that|which|who|because|so\s+that|while|please|using|in\s+the\s+style)\s", re.I
)
_CLAUSE = re.compile(
    r"(?<=\w)\s+(?:\w+s(?=\s+(?:an?|the|his|her|my|their|its)\s)|is|are|was|were|has|can|must|will|learns?|tr(?:y|ies)|wants?"
    r"|decides?|falls?|finds?|meets?|becomes?|discovers?|loses?|gets?|goes|starts|begins|runs|turns|retires)\s",
    re.I,
)
_SOMEONE = re.compile(
    r"^(?:they|he|she|we|i|it|there|someone|somebody|everyone)\s.*?\b(?=(?:an?|the|his|her|my|our|their)\s)", re.I
)
_KIN = (
    r"friend|buddy|mate|partner|wife|husband|girlfriend|boyfriend|fianc[ée]e?|love|mother|mom|mum|father|dad|sister|brother"
    r"|daughter|son|grandma|grandpa|grandmother|grandfather|aunt|uncle|cousin|niece|nephew|colleague|coworker|boss|manager"
    r"|teacher|neighbou?r|dog|puppy|cat|kitten|rabbit|bunny|horse|pony|parrot|hamster|girl|boy|man|woman|named|called"
)
_PERSON = re.compile(
    rf"\b(?:(?i:{_KIN}),?\s+|for\s+)(?!The\b|A\b)([A-Z][a-zà-ÿ]{{1,15}})\b"
    r"|^(?:(?:[Hh]appy\s+birthday,?|[Dd]ear|[Tt]o)\s+)?([A-Z][a-zà-ÿ]{1,15}),?\s+"
    r"(?=turns|is\s+(?:turning|getting|leaving|retiring|my|\d)|who\s|and\s+[A-Z]|loves|likes|retires|gets|has|from\s|\d{1,2}\b)"
)
_DESTINATION = re.compile(
    r"\b(?:in|to|around|through|near|across|of|exploring|visiting)\s+((?:the\s+)?[A-Z][\w'’-]++(?:\s(?:and\s)?[A-Z][\w'’-]++){0,3})"
    r"|^((?:[A-Z][\w'’-]++\s?){1,3})(?=\s?(?:$|,|with\s|for\s|in\s|on\s|by\s|and\s))"
)
_WORKINGS = re.compile(r"\s+(?:works?|happens?|functions?|(?:is|are|was|were)\s+(?:made|formed|built))$", re.I)
_LEAD = re.compile(r"^(?:an?|the|some|my|our|his|her|their|your|this|that)\s+", re.I)
_DEED = re.compile(r"^[a-z]+\s+(?=(?:my|our)\s)")
_PROPER = frozenset(ENGLISH["proper"])
_STOPWORDS = frozenset(ENGLISH["stopwords"])
_INTENTS = (
    ("greeting", r"^\s*(?:hi|hello|hey|good (?:morning|evening|afternoon))\b[\s!,.a-z]{0,20}$"),
    ("summary", r"\b(?:summari[sz]e|summary|tl;?dr|shorten|condense|key points)\b"),
    (
        "list",
        r"\b(?:list|ideas|ways|tips|examples|reasons|suggestions|top \d+|\d+ (?:things|ways|ideas|tips|reasons))\b",
    ),
    ("howto", r"\b(?:how (?:to|do|can|should)|steps?|guide|tutorial|instructions?|recipe)\b"),
    ("compare", r"\b(?:compare|comparison|versus|vs\.?|difference between|pros and cons|better)\b"),
    ("outline", r"\b(?:outline|plan|structure|agenda|syllabus|roadmap)\b"),
    ("story", r"\b(?:story|tale|once upon|scene|fiction)\b"),
    ("explain", r"^\s*(?:what|why|who)\b|\b(?:explain|define|describe|meaning of|tell me about)\b"),
)


def topic(prompt: str, default: str = "everyday life") -> str:
    """The main noun phrase of a prompt, eight words at most: `Tell me a joke about programming` gives `programming`."""
    return subject(prompt)[1] or default


def subject(prompt: str) -> tuple[str, str]:
    """The article or possessive before the prompt's main noun phrase (or nothing), and the phrase without it."""
    text = _start(prompt)
    text = text.lower() if text.isupper() and len(text) > 4 else text
    phrase = _STOP.split(_after_the_ask(text).strip(" \"'“”‘’"), maxsplit=1)[0].strip(" ,.?!\"'“”")
    phrase = _CLAUSE.split(_SOMEONE.sub("", phrase), maxsplit=1)[0]
    phrase = _WORKINGS.sub("", phrase) if re.search(r"\bhow\b", text, re.I) else phrase
    phrase = _DEED.sub("", phrase)
    lead = _LEAD.match(phrase)
    words = phrase[lead.end() if lead else 0 :].split()[:8]
    while words and words[-1].lower() in _STOPWORDS:
        words.pop()
    if not words:
        return "", ""
    return (lead[0].strip().lower() if lead else ""), _mid_sentence(words, starts_prompt=text.startswith(words[0]))


def person(prompt: str) -> str:
    """The first name of whoever the prompt is about (`my friend Tom who cycles`, `Tom turns 40`), or nothing."""
    found = _PERSON.search(_start(prompt))
    name = (found[1] or found[2]) if found else ""
    return "" if name.lower() in _PROPER | _STOPWORDS else name


def destination(prompt: str) -> str:
    """The place that the prompt goes to (`three days in Rome`, `Lisbon with my sister`), or nothing."""
    found = _DESTINATION.search(_start(prompt))
    place = (found[1] or found[2]) if found else ""
    return "" if place.lower() in _STOPWORDS else place


def _start(prompt: str) -> str:
    """Return the start of the prompt, its spaces single."""
    return " ".join(prompt[: 2 * READ].split())[:READ]


def _after_the_ask(text: str) -> str:
    """Return what follows `tell me a joke about`, `recipe for`, `what is`…; the whole text where none is there."""
    asked = _ASK.sub("", text, count=1)
    about = _ABOUT.search(text)
    if about:
        return text[about.end() :]
    kind = _KIND.match(asked) if asked != text or _NAMED_KIND.match(asked) else None
    return asked[kind.end() :] if kind else _QUESTION.sub("", asked, count=1)


def _mid_sentence(words: list[str], starts_prompt: bool) -> str:
    """The words as they stand inside a sentence: a capital that only began the prompt is lowered."""
    first = words[0]
    named = len(words) > 1 and words[1][:1].isupper()
    if first.lower() in _PROPER:
        words[0] = first[:1].upper() + first[1:]
    elif starts_prompt and first[1:] == first[1:].lower() and not named:
        words[0] = first[:1].lower() + first[1:]
    return " ".join(words)


def intent(prompt: str) -> str:
    """Return what the prompt asks for: greeting, summary, list, howto, compare, outline, story, explain or general."""
    start = prompt.lstrip()[:READ]
    return next((name for name, pattern in _INTENTS if re.search(pattern, start, re.I)), "general")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; a line without a full stop counts as one."""
    lines = (re.split(r"(?<=[.!?…])[\"”’)]*+\s+", line.strip()) for line in text.split("\n"))
    return [part.strip() for parts in lines for part in parts if part.strip()]


def keywords(text: str, count: int = 5) -> list[str]:
    """The `count` most frequent words that carry meaning, the earliest first among equals."""
    words = re.findall(r"[^\W\d_][\w'’-]{2,}", text)
    spelled: dict[str, str] = {}
    for word in words:
        spelled.setdefault(word.lower(), word)
    tally = Counter(word.lower() for word in words if word.lower() not in _STOPWORDS)
    # Sorting keeps equals in their order, which is that of their first use.
    ranked = sorted((word for word in spelled if word in tally), key=lambda word: -tally[word])
    return [spelled[word] for word in ranked[:count]]


def summary(text: str, count: int = 3) -> str:
    """The `count` sentences that say most by word frequency, in their own order (an extractive summary)."""
    parts = sentences(text)
    weight = {word.lower(): rank for rank, word in enumerate(reversed(keywords(text, 12)), 1)}

    def score(index: int) -> float:
        words = re.findall(r"[\w'’-]+", parts[index].lower())
        return sum(weight.get(word, 0) for word in words) / (len(words) + 6) + (0.5 if index == 0 else 0)

    chosen = sorted(sorted(range(len(parts)), key=score, reverse=True)[:count])
    return " ".join(parts[index] if parts[index][-1] in ".!?…" else parts[index] + "." for index in chosen)
