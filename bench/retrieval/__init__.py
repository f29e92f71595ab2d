"""Does a search engine find the name whatever the article calls it: measured on real engines."""
