"""What others publish about retirements, and how the catalogue compares. One adapter module per format of feed."""
