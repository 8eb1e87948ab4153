"""What this study aims at where its sources were content with less."""

from curvae.claims.sentences.sentence import said_in

said = said_in("This study", "aims")

SENTENCES = (
    said(
        *("best", "docs/dynamics.md", "The best predictor follows the ball for 200 frames, and it obeys its physics."),
        "ball.best_*",
    ),
    said(*("standard", "docs/dynamics.md", "So does the standard network of Pyle 2018."), "ball.standard_*"),
    said(
        *("joint", "docs/dynamics.md", "An encoder trained together with a prediction has smoother paths of codes."),
        "ball.joint_*",
    ),
)
