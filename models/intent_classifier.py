"""What stands in for the SageMaker endpoint `intent-classifier` on this machine: likeness to labelled examples."""

from treadle.inference import classifier

classify = classifier(
    {
        "greeting": ["Hello", "Hi there!", "Good morning", "Hey, how are you?", "Thanks, that helped a lot"],
        "question": [
            "How do I install it?",
            "What does this option do?",
            "Where can I find the documentation?",
            "Does it support PDF files?",
            "How much does it cost?",
        ],
        "problem": [
            "It does not work",
            "I get an error message when I start it",
            "The program crashes all the time",
            "My upload failed twice",
            "Nothing happens when I click the button",
        ],
        "human": [
            "I want to talk to a person",
            "Connect me with an agent",
            "Can I speak to a human, please?",
            "Give me your manager",
            "Please call me back",
        ],
    }
)
