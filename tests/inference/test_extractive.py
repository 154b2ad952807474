import asyncio

import pytest

from tests.inference.conftest import conversation, request
from treadle import inference
from treadle.errors import ServiceError
from treadle.inference import extractive, prompts

PASSAGES = """[manual/install.md § Requirements]
The pump needs a dry room. Installing it takes two people and about an hour. Keep the packaging.

[manual/service.md § Intervals]
Every machine wants some care. The oil must be changed every 500 hours of operation, or once a year. This keeps
the bearings from wearing out. The filter is washable.

[manual/warranty.md § Terms]
The warranty covers defects of material for two years. It ends when the seal is broken. Freight is paid by the
customer."""


def ask(text, system="", **more):
    service = inference.service("embedded")
    response = asyncio.run(service.call(request("aws-sdk:bedrockruntime:converse", conversation(text, system, **more))))
    assert response.model == "extractive quotes (embedded)"
    return response.output["Output"]["Message"]["Content"][0]["Text"]


@pytest.mark.parametrize(("question", "quote", "source"), [
    ("How often do I have to change the oil?", "changed every 500 hours", "[manual/service.md § Intervals]"),
    ("How long is the guarantee?", "The warranty covers defects of material", "[manual/warranty.md § Terms]"),
    ("How many persons are required for the installation?", "two people", "[manual/install.md § Requirements]"),
    ("Who bears the shipping costs?", "Freight is paid by the", "[manual/warranty.md § Terms]"),
])  # fmt: skip
def test_the_sentence_that_answers_is_quoted_with_its_source(question, quote, source):
    answer = ask(f"{PASSAGES}\n\nQuestion: {question}", "Answer from the passages.")
    first = answer.split("\n\n")[0]
    assert quote in first
    assert first.endswith(source)
    assert answer.endswith(extractive.NOTE)


@pytest.mark.parametrize("question", ["What is the capital of France?", "Who wrote Hamlet?", "How do I bake bread?"])
def test_what_the_passages_do_not_hold_is_not_answered(question):
    assert ask(f"{PASSAGES}\n\nQuestion: {question}") == f"{extractive.NOTHING}\n\n{extractive.NOTE}"


def test_every_quote_is_word_for_word():
    answer = ask(f"{PASSAGES}\n\nQuestion: What does the warranty cover and when does it end?")
    text = " ".join(PASSAGES.split())
    for quote in answer.split('"')[1::2]:
        assert all(part in text for part in quote.split(" … "))
    assert "It ends when the seal is broken." not in answer or "The warranty covers defects" in answer


def test_without_passages_it_says_that_it_can_only_quote():
    assert ask("Tell me a joke").startswith(extractive.NO_PASSAGES)


def test_tools_are_refused_with_what_to_do():
    tools = {"Tools": [{"ToolSpec": {"Name": "t", "InputSchema": {"Json": {}}}}]}
    with pytest.raises(
        ServiceError, match=r"BedrockRuntime\.ValidationException: the embedded answerer cannot choose tools"
    ):
        ask("x", ToolConfig=tools)


def test_a_summary_quotes_what_is_central():
    text = (
        "Solar panels turn sunlight into electricity. My aunt likes tea. A solar panel works without fuel and noise. "
        "Electricity from the sun has become cheap. The bus was late."
    )
    answer = ask(f"Summarize the following text.\n\n{text}")
    assert "Solar panels turn sunlight into electricity." in answer
    assert "aunt" not in answer
    assert ask(text, "You write a summary of the text in three sentences.") == answer


def test_the_same_request_gets_the_same_answer():
    question = f"{PASSAGES}\n\nQuestion: What about the filter?"
    assert ask(question) == ask(question)


@pytest.mark.parametrize(("text", "question", "sources"), [
    (f"{PASSAGES}\n\nQuestion: Why?", "Why?",
     ["manual/install.md § Requirements", "manual/service.md § Intervals", "manual/warranty.md § Terms"]),
    ("Context:\nA b c. D e f.\n\nQuestion: What is it?\nAnswer:", "What is it?", [""]),
    ("Question: What is it?\n\nContext:\n[a] First text. [sic] it said.\n\n[b] Second.", "What is it?", ["a", "b"]),
    ("<context><document source='x.md'>Alpha beta.</document><document title=\"y\">Gamma.</document></context>\n"
     "<question>Which?</question>", "Which?", ["x.md", "y"]),
    ("Source: one.pdf, page 3\nAlpha beta.\n\nSource: two.pdf\nGamma.\n\nWhat is alpha?", "What is alpha?",
     ["one.pdf, page 3", "two.pdf"]),
    ("A long text here. With sentences.\n\nWho did it?", "Who did it?", [""]),
    ("Who did it?", "Who did it?", []),
    ("The paragraphs.\n\nMore of them.\n\nSummarize this in one line.", "", [""]),
])  # fmt: skip
def test_prompts_are_read_as_people_write_them(text, question, sources):
    prompt = prompts.parse(text)
    assert prompt.question == question
    assert [passage.source for passage in prompt.passages] == sources


def test_sentences():
    text = (
        "Use it, e.g. daily. See Fig. 3 for more. It costs 3.50 EUR. Done!\n\n# Title\nBody goes\non here.\n\n"
        "- first item. With two.\n- second\n\n    code = 1. Not a sentence\n1. One\n2. Two"
    )
    assert prompts.split(text) == [
        "Use it, e.g. daily.", "See Fig. 3 for more.", "It costs 3.50 EUR.", "Done!", "# Title", "Body goes on here.",
        "- first item.", "With two.", "- second", "code = 1. Not a sentence", "1. One", "2. Two",
    ]  # fmt: skip


def test_a_title_is_the_last_part_of_a_source():
    def title(source):
        return prompts.Passage(source, ()).title

    assert title("docs/a.md § Getting started") == "Getting started"
    assert title("manual.pdf, page 3") == ""
    assert title("plain.md") == ""


def test_a_code_is_found_among_its_likes_and_code_is_not_quoted_before_prose():
    rows = "\n".join(f"| ERR0{number} | The {word} is broken. | Mend it. |" for number, word in enumerate(
        ("fuse", "belt", "lamp", "valve", "gear", "shaft"), 10))  # fmt: skip
    assert '"| ERR013 | The valve is broken. | Mend it. |"' in ask(
        f"[codes.md]\n{rows}\n\nQuestion: What does ERR013 mean?"
    )
    manual = "[a.md]\nTo reset the pump hold the red key.\n\n```python\npump.reset(pump, key=red)\n```"
    assert ask(f"{manual}\n\nQuestion: How do I reset the pump?").startswith('"To reset the pump hold the red key."')
