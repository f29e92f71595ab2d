"""Names: tables generate spellings, the matcher recognises them, context decides."""
