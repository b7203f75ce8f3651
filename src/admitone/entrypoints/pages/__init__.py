"""The site for people: one folder per screen, its HTML beside the view it shows."""
