"""Files for other tools: a family of formats is one module, a format one function and one row."""
