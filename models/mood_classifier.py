"""What stands in for the SageMaker endpoint `mood-classifier` on this machine: likeness to labelled examples."""

from treadle.inference import classifier

classify = classifier(
    {
        "happy": [
            "Thank you so much, this is wonderful",
            "Great work, I love it",
            "Everything arrived in time, very pleased",
            "Perfect, that solved it",
        ],
        "neutral": [
            "Please send me the invoice for March",
            "My address has changed",
            "I would like to order ten more",
            "When will it be delivered?",
        ],
        "angry": [
            "This is unacceptable, I want my money back",
            "I am very disappointed with your service",
            "It broke again, this is the third time, I am furious",
            "Worst product ever, nobody answers my calls",
        ],
    }
)
