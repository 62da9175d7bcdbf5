package riffle.gateway;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.parser.SqlParseException;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.validate.SqlNameMatchers;
import org.apache.flink.table.api.SqlParserException;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.planner.calcite.FlinkPlannerImpl;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.functions.sql.FlinkSqlOperatorTable;

/**
 * The functions of Flink and its modules that SQL can call, each with its call forms. SHOW FUNCTIONS lists
 * the names of the Table API instead, some of which SQL does not know, such as DATEFORMAT. The functions
 * that SQL knows are read from the table of operators in which the validator looks up calls, and from the
 * grammar, which has special spellings.
 */
final class SqlFunctions {
    /** Forms of functions for which Flink prints no form. */
    private static final Map<String, String> FORMS =
            Map.of(
                    "CAST", "CAST(<ANY> AS <TYPE>)",
                    "TRY_CAST", "TRY_CAST(<ANY> AS <TYPE>)",
                    "DESCRIPTOR", "DESCRIPTOR(<COLUMN>, ...)",
                    "JSON_OBJECT", "JSON_OBJECT([[KEY] <CHARACTER> VALUE <ANY>, ...] [{NULL | ABSENT} ON NULL])",
                    "JSON_ARRAY", "JSON_ARRAY([<ANY>, ...] [{NULL | ABSENT} ON NULL])",
                    "JSON_ARRAYAGG", "JSON_ARRAYAGG(<ANY> [{NULL | ABSENT} ON NULL])",
                    "JSON_OBJECTAGG", "JSON_OBJECTAGG([KEY] <CHARACTER> VALUE <ANY> [{NULL | ABSENT} ON NULL])");

    /** The forms of calls of functions for which the grammar has special words. */
    private static final List<String> CALLS = List.of("(x)", "(KEY x VALUE x)");

    /** The number of equal first letters that make a name and a word of the grammar similar. */
    private static final int BEGINNING = 4;

    private final FlinkPlannerImpl planner;
    private final boolean streaming;
    private final Map<String, String> forms = new TreeMap<>();

    private SqlFunctions(SharedTableEnvironment env) {
        planner = ((PlannerBase) env.getPlanner()).createFlinkPlanner();
        streaming = env.streaming();
    }

    /** By name, in upper case. The forms of one function are lines. */
    static Map<String, String> of(SharedTableEnvironment env) {
        SqlFunctions functions = new SqlFunctions(env);
        Set<String> names = new TreeSet<>();
        for (String name : env.listFunctions()) {
            names.add(name.toUpperCase(Locale.ROOT));
        }
        for (String name : env.listUserDefinedFunctions()) {
            names.remove(name.toUpperCase(Locale.ROOT));
        }
        FlinkSqlOperatorTable.instance(!functions.streaming)
                .getOperatorList()
                .forEach(operator -> names.add(operator.getName().toUpperCase(Locale.ROOT)));
        names.forEach(functions::add);
        functions.addSpellings();
        return functions.forms;
    }

    private void add(String name) {
        if (!name.matches("[A-Z_][A-Z_0-9]*")) {
            return; // it cannot be in a statement
        }
        List<SqlOperator> called = operators(planner, name);
        called.removeIf(operator -> !callable(name, operator));
        if (!called.isEmpty()) {
            forms.put(name, forms(name, called));
        }
    }

    private boolean callable(String name, SqlOperator operator) {
        switch (operator.getSyntax()) {
            case FUNCTION:
            case FUNCTION_STAR:
            case FUNCTION_ID:
                return true;
            default: // CAST(x AS INT)
                return operator instanceof SqlFunction && parsed(name + "(x AS INT)") != null;
        }
    }

    /**
     * Adds the names that the grammar turns into calls of other functions: TRANSLATE into TRANSLATE3,
     * CEILING into CEIL. If such a name is longer, it is internal to the grammar and not offered. Only
     * words that begin like a function's name are tried, because a name that is not a function costs
     * the parser 4 ms.
     */
    private void addSpellings() {
        Set<String> plain = new TreeSet<>(forms.keySet());
        for (String word : beginnings()) {
            if (plain.contains(word) || plain.stream().noneMatch(name -> alike(name, word))) {
                continue;
            }
            for (String call : CALLS) {
                SqlCall found = parsed(word + call);
                String name = found == null ? word : found.getOperator().getName().toUpperCase(Locale.ROOT);
                if (!name.equals(word) && plain.contains(name)) {
                    forms.put(word, FORMS.getOrDefault(word, forms.getOrDefault(name, "").replace(name, word)));
                    if (name.length() > word.length()) {
                        forms.remove(name);
                    }
                    break;
                }
            }
        }
    }

    /** The words with which an expression can begin, according to the parser's error for a missing one. */
    private Set<String> beginnings() {
        Set<String> words = new TreeSet<>();
        try {
            SqlParser.create("SELECT", planner.config().getParserConfig()).parseQuery();
        } catch (SqlParseException e) {
            for (String token : e.getExpectedTokenNames()) {
                words.add(token.replace("\"", ""));
            }
        }
        return words;
    }

    private static boolean alike(String name, String word) {
        String shorter = name.length() < word.length() ? name : word;
        return shorter.length() >= BEGINNING && name.startsWith(shorter) && word.startsWith(shorter);
    }

    private SqlCall parsed(String call) {
        try {
            SqlNode node = planner.parser().parseExpression(call);
            return node instanceof SqlCall ? (SqlCall) node : null;
        } catch (SqlParserException e) {
            return null;
        }
    }

    /** What the validator finds for a call with that name. */
    static List<SqlOperator> operators(FlinkPlannerImpl planner, String name) {
        List<SqlOperator> found = new ArrayList<>();
        try {
            planner.operatorTable()
                    .lookupOperatorOverloads(
                            new SqlIdentifier(name, SqlParserPos.ZERO),
                            null,
                            SqlSyntax.FUNCTION,
                            found,
                            SqlNameMatchers.withCaseSensitive(false));
        } catch (TableException | ValidationException e) {
            found.clear(); // a catalog's function that cannot be loaded, and so cannot be called
        }
        return found;
    }

    private static String forms(String name, List<SqlOperator> operators) {
        if (FORMS.containsKey(name)) {
            return FORMS.get(name);
        }
        Set<String> lines = new LinkedHashSet<>();
        for (SqlOperator operator : operators) {
            if (operator.getSyntax() == SqlSyntax.FUNCTION_ID) {
                lines.add(name); // without parentheses
                continue;
            }
            for (String line : signatures(operator).split("\n")) {
                lines.add(line.replaceAll("^'|'$", ""));
            }
        }
        return String.join("\n", lines);
    }

    private static String signatures(SqlOperator operator) {
        try {
            return operator.getAllowedSignatures();
        } catch (RuntimeException e) {
            return operator.getName() + "(...)"; // Calcite has no form, and throws an exception in this case
        }
    }
}
