package riffle.gateway;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlGroupedWindowFunction;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.SqlTableFunction;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.flink.table.api.SqlParserException;
import org.apache.flink.table.catalog.FunctionCatalog;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.functions.FunctionIdentifier;
import org.apache.flink.table.module.ModuleManager;
import org.apache.flink.table.planner.calcite.FlinkPlannerImpl;
import org.apache.flink.table.planner.delegation.PlannerBase;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;
import riffle.gateway.plan.DeclaredFunction;
import riffle.gateway.plan.GoFunction;

/**
 * Checks how SQL would treat a function's name. It asks Flink's own parser and validator: they read calls
 * of a function that has the name during the check. No list of names is kept here.
 */
final class FunctionNames {
    /** Why no function may have a name. The client has a message for each reason. */
    enum Refusal {
        /**
         * Other functions of that name are not scalar, and a scalar function would break their
         * statements.
         */
        AGGREGATE,
        WINDOW,
        TABLE,
        PATTERN,
        KEYWORD,
        /** Another function of that name returns a value, and a table function would break its statements. */
        VALUE,
        /** The session has another function of that name, which was not declared in Go. */
        EXISTS,
        /** Calls of it cannot be parsed, are parsed as something else, or reach another function. */
        RESERVED,
        SYNTAX,
        SHADOWED,
        /** Flink itself would call it, for JOIN USING. */
        IMPLIED,
        /** Flink itself would call it, for operators or to compute other functions. */
        INTERNAL
    }

    /** The number of arguments up to which calls are tried if the function's own number is unknown. */
    private static final int MOST_ARGUMENTS = 3;

    /**
     * Syntax without a call for which Flink nevertheless calls a function by its name: USING makes a
     * COALESCE.
     */
    private static final String SYNTAX = "SELECT k FROM (VALUES ('k')) AS a(k) FULL JOIN (VALUES ('k')) AS b(k) USING (k)";

    private final FunctionCatalog functions;
    private final ModuleManager modules;
    private final FlinkPlannerImpl planner;
    private final InternalCalls internal;

    FunctionNames(SharedTableEnvironment env, InternalCalls internal) {
        this.internal = internal;
        functions = env.functions();
        modules = env.modules();
        planner = ((PlannerBase) env.getPlanner()).createFlinkPlanner();
    }

    /** How a name can be used. */
    static final class Verdict {
        /** Null if a function may have the name. */
        final Refusal refusal;

        /** What else has the name, in Flink or in a catalog; null if nothing does. */
        final String other;

        private Verdict(Refusal refusal, String other) {
            this.refusal = refusal;
            this.other = other;
        }
    }

    /**
     * Judges the name of a scalar function. arguments are the types of its arguments, or null if they
     * are unknown.
     */
    Verdict judge(String name, List<String> arguments) {
        FunctionDefinition own = null;
        if (temporary(name)) {
            own = functions.lookupFunction(UnresolvedIdentifier.of(name)).get().getDefinition();
            if (!(own instanceof DeclaredFunction)) {
                return new Verdict(Refusal.EXISTS, name);
            }
            functions.dropTemporarySystemFunction(name, true);
        }
        try {
            return judgeFree(name, arguments);
        } finally {
            if (own != null) {
                functions.registerTemporarySystemFunction(name, own, false);
            }
        }
    }

    /** Judges the name of a table function. It can be called where a scalar function can, and replaces none. */
    Verdict judgeTable(String name, List<String> arguments) {
        Verdict verdict = judge(name, arguments);
        return verdict.refusal == null && verdict.other != null
                ? new Verdict(Refusal.VALUE, verdict.other)
                : verdict;
    }

    /**
     * The first of some names that a function may have and that nothing else has; null if all are
     * taken.
     */
    String free(List<String> names, List<String> arguments) {
        for (String name : names) {
            Verdict verdict = temporary(name) ? null : judge(name, arguments);
            if (verdict != null && verdict.refusal == null && verdict.other == null) {
                return name;
            }
        }
        return null;
    }

    /** Whether a temporary system function of that name exists. */
    boolean temporary(String name) {
        return functions.hasTemporarySystemFunction(FunctionIdentifier.normalizeName(name));
    }

    private Verdict judgeFree(String name, List<String> arguments) {
        List<SqlOperator> others = SqlFunctions.operators(planner, name);
        boolean plain = others.stream().anyMatch(o -> o.getSyntax() == SqlSyntax.FUNCTION);
        String other = null;
        for (SqlOperator operator : others) {
            other = called(operator);
            Refusal refusal = irreplaceable(operator, plain);
            if (refusal != null) {
                return new Verdict(refusal, other);
            }
        }
        boolean ofFlink = modules.getFunctionDefinition(FunctionIdentifier.normalizeName(name)).isPresent();
        if (ofFlink && others.isEmpty()) {
            // SQL has no function of that name, but the planner has: it is an operator of the Table
            // API.
            return new Verdict(Refusal.INTERNAL, name.toUpperCase(Locale.ROOT));
        }
        if (other != null) {
            if (internal.has(name, planner)) {
                return new Verdict(Refusal.INTERNAL, other);
            }
        }
        if (arguments != null) {
            return call(name, arguments, other);
        }
        Verdict found = null;
        for (int count = 0; count <= MOST_ARGUMENTS; count++) {
            Verdict verdict = call(name, Collections.nCopies(count, "STRING"), other);
            if (verdict.refusal != null && verdict.refusal != Refusal.RESERVED && verdict.refusal != Refusal.SYNTAX) {
                return verdict; // calls with that many arguments would silently reach another function
            }
            found = found == null || verdict.refusal == null ? verdict : found;
        }
        return found;
    }

    /** The name of an operator, with a path if it belongs to a catalog. */
    private static String called(SqlOperator operator) {
        if (operator instanceof SqlFunction
                && ((SqlFunction) operator).getSqlIdentifier() != null
                && ((SqlFunction) operator).getSqlIdentifier().names.size() > 1) {
            return String.join(".", ((SqlFunction) operator).getSqlIdentifier().names);
        }
        return operator.getName().toUpperCase(Locale.ROOT);
    }

    /**
     * Null for an operator that is only called with arguments in parentheses and returns a value, as a
     * new function would be.
     */
    private static Refusal irreplaceable(SqlOperator operator, boolean plain) {
        if (operator.requiresOver() || operator instanceof SqlGroupedWindowFunction) {
            return Refusal.WINDOW;
        }
        if (operator.isAggregator()) {
            return Refusal.AGGREGATE;
        }
        if (operator instanceof SqlTableFunction) {
            return Refusal.TABLE;
        }
        if (!(operator instanceof SqlFunction)) {
            return Refusal.KEYWORD;
        }
        if (((SqlFunction) operator).getFunctionType() == SqlFunctionCategory.MATCH_RECOGNIZE) {
            return Refusal.PATTERN;
        }
        return plain || operator.getSyntax() == SqlSyntax.FUNCTION ? null : Refusal.KEYWORD;
    }

    /** Whether a plain call of a function calls it, both at the start of a query and after a comma. */
    private Verdict call(String name, List<String> arguments, String other) {
        String call =
                arguments.stream()
                        .map(type -> "CAST(NULL AS " + type + ")")
                        .collect(Collectors.joining(", ", name + "(", ")"));
        SqlNode query;
        try {
            if (!compared(call)) {
                return new Verdict(Refusal.SYNTAX, other);
            }
            query = planner.parser().parse("SELECT " + call + ", " + call);
        } catch (SqlParserException e) {
            return new Verdict(reserved(name) ? Refusal.RESERVED : Refusal.SYNTAX, other);
        }
        List<SqlOperator> parsed = selected(query);
        if (parsed.stream().anyMatch(o -> o != null && o.isAggregator())) {
            return new Verdict(Refusal.AGGREGATE, name.toUpperCase(Locale.ROOT)); // it exists only in the grammar
        }
        if (parsed.stream().allMatch(o -> o instanceof SqlUnresolvedFunction) && other == null) {
            return new Verdict(null, null); // the call can only mean the function itself
        }
        GoFunction probe = GoFunction.probe(name, arguments);
        functions.registerTemporarySystemFunction(name, probe, false);
        try {
            if (!reaches(query, probe)) {
                boolean named = parsed.stream().allMatch(o -> o != null && o.getName().equalsIgnoreCase(name));
                return new Verdict(
                        other != null || named ? Refusal.SHADOWED : Refusal.SYNTAX,
                        other == null ? name.toUpperCase(Locale.ROOT) : other);
            }
            return new Verdict(other != null && implied(probe) ? Refusal.IMPLIED : null, other);
        } finally {
            functions.dropTemporarySystemFunction(name, true);
        }
    }

    /** Whether a call is still a call after a comparison: {@code x = SOME(y)} compares with y. */
    private boolean compared(String call) throws SqlParserException {
        SqlNode alone = planner.parser().parseExpression(call);
        SqlNode side = ((SqlCall) planner.parser().parseExpression("x = " + call)).getOperandList().get(1);
        return !(alone instanceof SqlCall)
                || side instanceof SqlCall
                        && ((SqlCall) side).getOperator().getName().equals(((SqlCall) alone).getOperator().getName());
    }

    /** The operators of what a query selects; null for something that is not a call. */
    private static List<SqlOperator> selected(SqlNode query) {
        List<SqlOperator> operators = new ArrayList<>();
        for (SqlNode node : ((SqlSelect) query).getSelectList()) {
            operators.add(node instanceof SqlCall ? ((SqlCall) unnamed(node)).getOperator() : null);
        }
        return operators;
    }

    /** Validation names the columns. */
    private static SqlNode unnamed(SqlNode node) {
        return node.getKind() == SqlKind.AS ? ((SqlCall) node).operand(0) : node;
    }

    private boolean reaches(SqlNode query, GoFunction probe) {
        try {
            return selected(planner.validate(query)).stream().allMatch(o -> is(o, probe));
        } catch (RuntimeException e) {
            return false;
        }
    }

    private boolean implied(GoFunction probe) {
        boolean[] found = {false};
        try {
            planner.validate(planner.parser().parse(SYNTAX))
                    .accept(
                            new SqlBasicVisitor<Void>() {
                                @Override
                                public Void visit(SqlCall call) {
                                    found[0] |= is(call.getOperator(), probe);
                                    return super.visit(call);
                                }
                            });
        } catch (RuntimeException e) {
            return true; // it works without the function
        }
        return found[0];
    }

    private static boolean is(SqlOperator operator, GoFunction function) {
        return operator instanceof BridgingSqlFunction
                && ((BridgingSqlFunction) operator).getDefinition() == function;
    }

    private boolean reserved(String name) {
        return SqlParser.create("", planner.config().getParserConfig())
                .getMetadata()
                .isReservedWord(name.toUpperCase(Locale.ROOT));
    }
}
