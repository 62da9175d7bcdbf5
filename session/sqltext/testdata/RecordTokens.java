import java.io.*;
import java.nio.charset.StandardCharsets;
import org.apache.flink.sql.parser.impl.*;

/**
 * Records the tokens that the token manager of Flink's SQL parser finds in texts, one per line on
 * stdin, as flink-tokens.tsv: the text, then its tokens, then ERROR if it fails, separated by tabs,
 * with \t \n \r \\ for characters that would break the format. Needs flink-table-planner (the jar
 * inside flink-table-planner-loader) on the class path.
 */
public class RecordTokens {
    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null; ) {
            String text = line.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace("\\\\", "\\");
            var row = new StringBuilder(escape(text));
            var tokens = new FlinkSqlParserImplTokenManager(
                    new SimpleCharStream(new StringReader(text)), FlinkSqlParserImplConstants.BTID);
            try {
                for (Token t; (t = tokens.getNextToken()).kind != FlinkSqlParserImplConstants.EOF; ) {
                    row.append('\t').append(escape(t.image));
                }
            } catch (Error e) { // TokenMgrError
                row.append("\tERROR");
            }
            out.println(row);
        }
    }

    private static String escape(String s) {
        return s.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
    }
}
