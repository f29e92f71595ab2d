"""What machine translation broke: detectors, witnesses, and one score for all of them."""
