"""What a study is: typed, closed, described settings. Nothing here imports torch."""
