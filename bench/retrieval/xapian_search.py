"""Search with Xapian; run by the system's Python, which has its bindings.

Reads ``texts``, ``queries`` and ``synonyms`` (term, tab, synonym) from the folder that is named;
prints for each query the numbers of the texts it finds.
"""

import sys
from pathlib import Path

import xapian

folder = Path(sys.argv[1])
database = xapian.WritableDatabase(str(folder / "index"), xapian.DB_CREATE)
generator = xapian.TermGenerator()
for number, text in enumerate((folder / "texts").read_text("utf-8").splitlines()):
    document = xapian.Document()
    document.add_value(0, str(number))
    generator.set_document(document)
    generator.index_text(text)
    database.add_document(document)
for line in (folder / "synonyms").read_text("utf-8").splitlines():
    term, _, synonym = line.partition("\t")
    database.add_synonym(term, synonym)
database.commit()
parser = xapian.QueryParser()
parser.set_database(database)
parser.set_default_op(xapian.Query.OP_AND)
flags = xapian.QueryParser.FLAG_DEFAULT | xapian.QueryParser.FLAG_AUTO_MULTIWORD_SYNONYMS
for line in (folder / "queries").read_text("utf-8").splitlines():
    enquire = xapian.Enquire(database)
    enquire.set_query(parser.parse_query(line, flags))
    hits = enquire.get_mset(0, database.get_doccount())
    print(" ".join(hit.document.get_value(0).decode() for hit in hits))
