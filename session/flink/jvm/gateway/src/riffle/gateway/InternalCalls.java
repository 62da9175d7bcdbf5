package riffle.gateway;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperandCountRange;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSyntax;
import org.apache.calcite.sql.dialect.AnsiSqlDialect;
import org.apache.calcite.sql.fun.SqlLibrary;
import org.apache.calcite.sql.fun.SqlLibraryOperatorTableFactory;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.validate.SqlNameMatchers;
import org.apache.flink.table.expressions.Expression;
import org.apache.flink.table.expressions.UnresolvedCallExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.apache.flink.table.functions.FunctionIdentifier;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.planner.calcite.FlinkPlannerImpl;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.calcite.FlinkTypeSystem;
import org.apache.flink.table.functions.DeclarativeAggregateFunction;
import org.apache.flink.table.planner.functions.sql.FlinkSqlOperatorTable;
import org.apache.flink.table.planner.plan.utils.AggFunctionFactory;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * The functions that Flink calls by name without a call in the statement. A user's function of the same
 * name would be called instead. They are the functions that implement aggregate and window functions in
 * generated code, and those to which the parser renames others: for example, it turns TRANSLATE(…) into a
 * call of TRANSLATE3.
 */
final class InternalCalls {
    private static final List<LogicalType> ARGUMENTS =
            List.of(new IntType(), new DoubleType(), new DecimalType(10, 2), VarCharType.STRING_TYPE);

    /** The number of arguments up to which calls are tried. */
    private static final int MOST_ARGUMENTS = 3;

    private static final SqlNode ARGUMENT = new SqlIdentifier("x", SqlParserPos.ZERO);

    private final FlinkTypeFactory types;
    private Set<String> names; // the names that aggregate and window functions call; null until they are needed
    private final Map<String, Boolean> otherwise = new HashMap<>(); // by checked name: whether it is written in another way

    InternalCalls(ClassLoader loader) {
        types = new FlinkTypeFactory(loader, FlinkTypeSystem.INSTANCE);
    }

    private void collect() {
        names = new HashSet<>();
        for (SqlOperator operator : FlinkSqlOperatorTable.instance(true).getOperatorList()) {
            if (operator instanceof SqlAggFunction) {
                SqlOperandCountRange counts = orNull(operator::getOperandCountRange);
                for (int count = 0; count <= 2; count++) {
                    if (counts == null || counts.isValidCount(count)) {
                        add((SqlAggFunction) operator, count);
                    }
                }
            }
        }
    }

    /** Whether one of these functions has the name. For other names, the planner's parser decides. */
    boolean has(String name, FlinkPlannerImpl planner) {
        if (names == null) {
            collect();
        }
        String normal = FunctionIdentifier.normalizeName(name);
        return names.contains(normal) || otherwise.computeIfAbsent(normal, n -> otherwiseWritten(name, planner));
    }

    /**
     * Whether the parser turns another name into a call of that function. The parser's functions are
     * Calcite's, which print their calls as the parser reads them.
     */
    private static boolean otherwiseWritten(String name, FlinkPlannerImpl planner) {
        List<SqlOperator> found = new ArrayList<>();
        // The parser has no syntax for the functions of geometry. The factory keeps the table.
        SqlLibraryOperatorTableFactory.INSTANCE
                .getOperatorTable(EnumSet.complementOf(EnumSet.of(SqlLibrary.SPATIAL)), true)
                .lookupOperatorOverloads(
                        new SqlIdentifier(name, SqlParserPos.ZERO),
                        null,
                        SqlSyntax.FUNCTION,
                        found,
                        SqlNameMatchers.withCaseSensitive(false));
        for (SqlOperator operator : found) {
            for (int count = 0; count <= MOST_ARGUMENTS && operator instanceof SqlFunction; count++) {
                List<SqlNode> arguments = Collections.nCopies(count, ARGUMENT);
                String written =
                        orNull(
                                () ->
                                        operator.createCall(SqlParserPos.ZERO, arguments)
                                                .toSqlString(AnsiSqlDialect.DEFAULT)
                                                .getSql());
                if (written != null && !written.regionMatches(true, 0, name, 0, name.length())) {
                    SqlNode read = orNull(() -> planner.parser().parseExpression(written));
                    if (read instanceof SqlCall && ((SqlCall) read).getOperator().getName().equalsIgnoreCase(name)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private void add(SqlAggFunction function, int count) {
        for (LogicalType argument : ARGUMENTS) {
            for (int variant = 0; variant < 4; variant++) {
                LogicalType[] row = {argument, argument};
                boolean[] retracts = {variant % 2 == 1};
                AggFunctionFactory factory =
                        new AggFunctionFactory(RowType.of(row), new int[] {0}, retracts, variant > 1);
                List<Integer> arguments = IntStream.range(0, count).boxed().collect(Collectors.toList());
                // A function is not created for arguments that it does not accept, and so has no parts.
                UserDefinedFunction found =
                        orNull(
                                () ->
                                        factory.createAggFunction(
                                                AggregateCall.create(
                                                        function,
                                                        false,
                                                        false,
                                                        false,
                                                        List.of(),
                                                        arguments,
                                                        -1,
                                                        null,
                                                        RelCollations.EMPTY,
                                                        types.createFieldTypeFromLogicalType(argument),
                                                        null),
                                                0));
                if (found instanceof DeclarativeAggregateFunction) {
                    add((DeclarativeAggregateFunction) found);
                }
            }
        }
    }

    private void add(DeclarativeAggregateFunction function) {
        add(orNull(function::initialValuesExpressions));
        add(orNull(function::accumulateExpressions));
        add(orNull(function::retractExpressions));
        add(orNull(function::mergeExpressions));
        Expression value = orNull(function::getValueExpression);
        add(value == null ? null : new Expression[] {value});
    }

    private void add(Expression[] expressions) {
        if (expressions == null) {
            return;
        }
        for (Expression expression : expressions) {
            if (expression instanceof UnresolvedCallExpression
                    && ((UnresolvedCallExpression) expression).getFunctionDefinition()
                            instanceof BuiltInFunctionDefinition) {
                BuiltInFunctionDefinition called =
                        (BuiltInFunctionDefinition)
                                ((UnresolvedCallExpression) expression).getFunctionDefinition();
                names.add(FunctionIdentifier.normalizeName(called.getName()));
            }
            add(expression.getChildren().toArray(new Expression[0]));
        }
    }

    private static <T> T orNull(Supplier<T> value) {
        try {
            return value.get();
        } catch (RuntimeException e) {
            return null;
        }
    }
}
