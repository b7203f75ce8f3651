"""The site's fees as agreed with an organiser: set by those who run the site, seen by the organiser."""
