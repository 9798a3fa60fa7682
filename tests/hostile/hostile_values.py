"""Values that no friendly caller sends, and inputs of an action with some of them in the place of its members."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from service.definitions import Action

# Stands for JSON that no encoder writes, until the body is text.
DEEP, HUGE, NOT_A_NUMBER = "@deep@", "@huge@", "@nan@"
RAW = {DEEP: "[" * 900 + "]" * 900, HUGE: "9" * 5000, NOT_A_NUMBER: "NaN"}
INSIDE = ("http://127.0.0.1:1/", "http://[::ffff:10.0.0.1]/x.png", "http://0x7f.1/", "http://[64:ff9b::a9fe:a9fe]/")
ADDRESSES = (
    *INSIDE,
    *("http://017700000001/a", "http://localhost./", "http://user@10.0.0.1/", "http://①⑨②.168.0.1/", "//10.0.0.1/x"),
    *("file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "javascript:alert(1)", "http://xn--/", "http://[::1"),
    *("http://hook.invalid/" + "x" * 9000, "https://" + "a." * 300 + "invalid/", "http://h.invalid:99999/", "http://"),
    *("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg", "data:image/png;base64,%%%", "data:,", "data:", "data:;base64"),
    *("data:image/gif;base64,R0lGODlh//////////8=", "data:video/mp4;base64,AAAAAG1vb3YAAAAAbW9vdg=="),
    *("data:image/webp;base64,UklGRv////9XRUJQVlA4WA==", "data:audio/wav;base64,UklGRv////9XQVZFZm10IP////8="),
)
LONG = ("A" * 3000 + "!", "Aa " * 3000, " " * 9000 + "!", "a" * 300_000, "x\n" * 20_000, "(" * 4000, "e\u0301" * 400)
ODD = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e\u2066",
    "ＡＢＣ",
    "🏳" * 300,
    "a" + "\u0301\u0316" * 4000,
)
CODE = (
    "' OR 1=1 --",
    "%' OR '%'='",
    "%" * 200,
    "{{7*7}}",
    "{prompt}",
    "${jndi:ldap://x}",
    "%s%n%x",
    "<script>",
    "\\" * 999,
)
PATHS = ("..", ".", "../" * 40 + "etc/passwd", "%2e%2e%2f", "%00", "%zz", "a/b/c", "a;b?c#d", "\r\nX-A: b", '"' * 999)
ALMOST = ("-1", "0", "1e309", "0x10", "１２", "1_000", " 5 ", "+5", "true", "Infinity", "null", "[]", "{}", '{"a":1}')
OTHER_TEXTS = ("a" + "\u0301\u0316" * 4000, "\\" * 999, "2026-02-30", "0000-00-00T00:00:00Z", "99999-01-01")
TEXTS = (*LONG, *ODD, *CODE, *PATHS, *ALMOST, *OTHER_TEXTS)
NUMBERS = (
    *(0, -1, 1.5, -0.0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 1e308, 5e-324, 10**30),
    *(True, False),
)


def answering(schema: Any) -> Any:
    """The response format of a chat that asks for a schema."""
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


OTHERS: tuple[Any, ...] = (
    *(None, [], {}, [None], [[]], {"": ""}, {"\0": 1}, {"__proto__": {}}, {"$ref": "file:///etc/passwd"}, [""] * 3000),
    *([*range(20_000)], {str(number): number for number in range(3000)}, [{"type": "text", "text": "x" * 9000}] * 40),
    answering({"$ref": "http://127.0.0.1:1/x.json"}),
    answering({"type": "string", "pattern": "^(([a-z ]+)+)+[0-9]$"}),
    answering({"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 1e18}}}),
    [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": INSIDE[0]}}]}],
    [{"role": "tool", "tool_call_id": "x", "content": ""}],
    [{"role": "assistant", "content": None, "tool_calls": [{"id": 1}]}],
    [{"type": "function", "function": {"name": "x" * 300, "parameters": {"type": "object"}}}],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
HOSTILE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(ADDRESSES),
    st.sampled_from(NUMBERS),
    st.sampled_from(OTHERS),
    st.sampled_from([*RAW]),
    JSON,
    st.lists(st.sampled_from((*TEXTS, *ADDRESSES)), max_size=6),
)
BROKEN = (b"", b"[]", b"null", b"{", b'{"a":', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"input":{}}' * 2, b"\0")
BODIES = (
    *BROKEN,
    *(b"[" * 200_000, b'{"input":' * 20_000, b'{"input":{"a":1e999}}', b'{"input":"' + b"\\ud800" * 9000 + b'"}'),
    *(b'{"input":{"a":' + b"9" * 90_000 + b"}}", b'{"input":{},"input":[]}', b"{" + b'"a":1,' * 90_000 + b'"b":1}'),
)
PACKED = (
    *(gzip.compress(bytes(60_000_000)), gzip.compress(b"{}")[:-4], b"\x1f\x8b"),
    *(gzip.compress(gzip.compress(bytes(9**7))), gzip.compress(b"") * 2000),
)


@st.composite
def inputs(draw: st.DrawFn, action: Action) -> dict[str, Any]:
    """An example of the action, up to two of its members replaced, left out or added to."""
    examples = [dict(example["input"]) for example in action.examples if "input" in example] or [{}]
    made = draw(st.sampled_from(examples))
    properties: Mapping[str, Any] = action.input_schema.get("properties", {})
    names = st.sampled_from([*properties] * 4 + ["x", "__class__", ""])
    for name in draw(st.lists(names, max_size=2)):
        how = draw(st.integers(0, 9))
        if how == 0:
            made.pop(name, None)
        else:
            made[name] = draw(_near(properties.get(name, {})) if how < 5 else HOSTILE)
    return made


def _near(schema: Any) -> st.SearchStrategy[Any]:
    """Values at the edge of what the member takes."""
    if not isinstance(schema, Mapping):
        return HOSTILE
    edges: list[Any] = [*schema.get("enum", ())[:20]]
    for bound in ("minimum", "maximum"):
        if isinstance(schema.get(bound), int | float):
            edges += [schema[bound], schema[bound] - 1, schema[bound] + 1, str(schema[bound])]
    for bound in ("minLength", "maxLength"):
        if isinstance(schema.get(bound), int) and schema[bound] < 300_000:
            edges += ["é" * schema[bound], "é" * (schema[bound] + 1)]
    kind = schema.get("type")
    if kind == "string" and not schema.get("enum"):
        edges += [text for text in (*TEXTS, *ADDRESSES) if len(text) <= schema.get("maxLength", 10_000)]
    return st.sampled_from(edges) if edges else HOSTILE


def text_of(body: Any) -> bytes:
    """The body as JSON, with what no encoder writes in its places."""
    text = json.dumps(body)
    for mark, raw in RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode()
