"""YAML that PyYAML and Kubernetes read otherwise, and how Kubernetes does."""

READ: list[tuple[str, object]] = [
    *((word, True) for word in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")),
    *((word, False) for word in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")),
    *((word, None) for word in ("~", "null", "Null", "NULL", "")),
    *((word, word) for word in ("yES", "1:30", "2020-01-01", "=", "!= a", "1.2.3", "1e", "0x", "nan", "+")[:4]),
    *((f"'{word}'", word) for word in ("on", "1", "", "~")),
    *(("1.2.3", "1.2.3"), ("1e", "1e"), ("0xg", "0xg"), ("1__", 1), ("-_1", -1)),
    *(("0", 0), ("-3", -3), ("+3", 3), ("0777", 511), ("0o17", 15), ("0x1F", 31), ("1_000", 1000), ("0b11", 3)),
    *(("08", 8.0), ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1E-2", 0.01), ("-.5", -0.5)),
]
"""A value's text, and what it is."""

UNREADABLE = [
    ("a: [", "^line 2: "),
    ("a: 1\na: 2", "^line 2: the key a comes twice$"),
    ("on: 1\ntrue: 2", "^line 2: the key true comes twice$"),
    ("- {b: {c: 1, c: 2}}", "^line 1: the key c comes twice$"),
    ("[a]: 1", "^line 1: a key is a sequence and no text$"),
    ("~: 1", "^line 1: a key is a scalar and no text$"),
    ("a: !!python/object:os.system {}", "^line 1: could not determine a constructor"),
]
"""Text, and what is told of it."""
