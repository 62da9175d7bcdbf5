package riffle.gateway;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.planner.parse.CalciteParser;

/**
 * Rejects statements that are nested too deeply to be planned. Calcite's visitors recurse. Each expression
 * keeps its text, so a sum of n terms takes memory proportional to the square of n. The parser's time is
 * proportional to the square of n, too: minutes for 30,000 terms.
 */
final class Nesting {
    /** Levels below a statement. A chain such as {@code a + b + c} has one for each operator. */
    private static final int LIMIT = 5_000;

    /** Operators of one expression. The parser's time is proportional to the square of their number. */
    private static final int LONGEST = 16_000;

    private static final Pattern TOKEN =
            Pattern.compile(
                    "'[^']*+'|`[^`]*+`|--[^\\n]*+|/\\*(?s:.*?)\\*/|[()]"
                            + "|(?<operator>[-+*/%=<>]|\\|\\||\\b(?i:AND|OR)\\b)"
                            + "|(?<end>[,;]|\\b(?i:SELECT|FROM|WHERE|GROUP|HAVING|ON|WHEN|THEN|ELSE|UNION|ALL)\\b)|\\w++");

    private Nesting() {}

    static void check(String sql, CalciteParser parser) {
        if (sql.length() > LIMIT) { // a level takes at least one character
            scan(sql);
            refuse(depth(parser.parseSqlList(sql)) > LIMIT);
        }
    }

    private static void refuse(boolean tooDeep) {
        if (tooDeep) {
            throw new ValidationException("the statement is nested too deeply");
        }
    }

    /** Looks for expressions that the parser itself would need too much time or stack for. */
    private static void scan(String sql) {
        Deque<Integer> outer = new ArrayDeque<>(); // the numbers of operators so far in the expressions around this one
        int operators = 0;
        Matcher tokens = TOKEN.matcher(sql);
        while (tokens.find()) {
            String token = tokens.group();
            if (token.equals("(")) {
                outer.push(operators);
                operators = 0;
            } else if (token.equals(")")) {
                operators = outer.isEmpty() ? 0 : outer.pop();
            } else if (tokens.group("operator") != null) {
                operators++;
            } else if (tokens.group("end") != null) {
                operators = 0;
            }
            refuse(outer.size() > LIMIT || operators > LONGEST);
        }
    }

    /** Without recursion, which is what this class prevents. */
    private static int depth(SqlNode statement) {
        Deque<SqlNode> nodes = new ArrayDeque<>();
        Deque<Integer> depths = new ArrayDeque<>();
        nodes.push(statement);
        depths.push(0);
        int deepest = 0;
        while (!nodes.isEmpty()) {
            SqlNode node = nodes.pop();
            int depth = depths.pop();
            deepest = Math.max(deepest, depth);
            Iterable<SqlNode> below =
                    node instanceof SqlNodeList
                            ? (SqlNodeList) node
                            : node instanceof SqlCall ? ((SqlCall) node).getOperandList() : List.of();
            for (SqlNode child : below) {
                if (child != null) {
                    nodes.push(child);
                    depths.push(depth + 1);
                }
            }
        }
        return deepest;
    }
}
