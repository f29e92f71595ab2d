import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.apache.lucene.analysis.synonym.WordnetSynonymParser;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * Answers queries over documents with Lucene as it comes: standard tokenizer, small letters, the
 * classic query parser; synonyms, where given, are read strictly by Lucene's own parsers and
 * applied to the query alone.
 *
 * <p>Arguments: file of documents (a line each), file of queries (a line each), and perhaps a file
 * of synonyms and its format, solr or wordnet. Prints for each query the numbers of the documents
 * it finds.
 */
public class Search {
  static Analyzer analyzer(SynonymMap synonyms) {
    return new Analyzer() {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        Tokenizer tokens = new StandardTokenizer();
        TokenStream stream = new LowerCaseFilter(tokens);
        return new TokenStreamComponents(
            tokens, synonyms == null ? stream : new SynonymGraphFilter(stream, synonyms, true));
      }
    };
  }

  static SynonymMap load(Path file, String format) throws Exception {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      if (format.equals("wordnet")) {
        WordnetSynonymParser parser = new WordnetSynonymParser(true, true, analyzer(null));
        parser.parse(reader);
        return parser.build();
      }
      SolrSynonymParser parser = new SolrSynonymParser(true, true, analyzer(null));
      parser.parse(reader);
      return parser.build();
    }
  }

  public static void main(String[] arguments) throws Exception {
    SynonymMap synonyms =
        arguments.length > 2 ? load(Paths.get(arguments[2]), arguments[3]) : null;
    try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig(analyzer(null));
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        int number = 0;
        for (String text : Files.readAllLines(Paths.get(arguments[0]))) {
          Document document = new Document();
          document.add(new StoredField("number", number++));
          document.add(new TextField("text", text, Field.Store.NO));
          writer.addDocument(document);
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(directory);
          PrintStream out = new PrintStream(System.out, true, "UTF-8")) {
        IndexSearcher searcher = new IndexSearcher(reader);
        QueryParser parser = new QueryParser("text", analyzer(synonyms));
        for (String query : Files.readAllLines(Paths.get(arguments[1]))) {
          StringBuilder line = new StringBuilder();
          for (ScoreDoc hit : searcher.search(parser.parse(query), 1_000_000).scoreDocs) {
            Number found = searcher.doc(hit.doc).getField("number").numericValue();
            line.append(line.length() > 0 ? " " : "").append(found);
          }
          out.println(line);
        }
      }
    }
  }
}
