"""Files in, files out. One module a format; every format keeps the bytes it does not understand."""
