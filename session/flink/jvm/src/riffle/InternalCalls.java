package riffle;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.flink.table.expressions.Expression;
import org.apache.flink.table.expressions.UnresolvedCallExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.apache.flink.table.functions.FunctionIdentifier;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.planner.calcite.FlinkPlannerImpl;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
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
 * The functions that Flink calls by their names though no statement does, and so would take a function of
 * the user's for: those that aggregate and window functions are computed with when code is generated, and
 * those that the parser makes of other names, as of TRANSLATE(…) a call of TRANSLATE3.
 */
final class InternalCalls {
    private static final List<LogicalType> ARGUMENTS =
            List.of(new IntType(), new DoubleType(), new DecimalType(10, 2), VarCharType.STRING_TYPE);

    private final Set<String> names = new HashSet<>();

    InternalCalls(FlinkPlannerImpl planner, FlinkTypeFactory types) {
        for (SqlOperator operator : FlinkSqlOperatorTable.instance(true).getOperatorList()) {
            if (operator instanceof SqlAggFunction) {
                for (int count = 0; count <= 2; count++) {
                    add((SqlAggFunction) operator, count, types);
                }
            }
        }
        for (String word : SqlParser.create("", planner.config().getParserConfig()).getMetadata().getTokens()) {
            if (word.matches("[A-Z_]+")) {
                for (String arguments : List.of("()", "(x)", "(x, x)", "(x, x, x)")) {
                    addOther(word, orNull(() -> planner.parser().parseExpression(word + arguments)));
                }
            }
        }
    }

    /** Adds the function that a call of a word is parsed as, if it has another name. */
    private void addOther(String word, SqlNode call) {
        if (call instanceof SqlCall && ((SqlCall) call).getOperator() instanceof SqlFunction) {
            String name = ((SqlCall) call).getOperator().getName();
            if (!name.equalsIgnoreCase(word)) {
                names.add(FunctionIdentifier.normalizeName(name));
            }
        }
    }

    /** Whether one of them has that name. */
    boolean has(String name) {
        return names.contains(FunctionIdentifier.normalizeName(name));
    }

    private void add(SqlAggFunction function, int count, FlinkTypeFactory types) {
        for (LogicalType argument : ARGUMENTS) {
            for (int variant = 0; variant < 4; variant++) {
                LogicalType[] row = {argument, argument};
                boolean[] retracts = {variant % 2 == 1};
                AggFunctionFactory factory =
                        new AggFunctionFactory(RowType.of(row), new int[] {0}, retracts, variant > 1);
                List<Integer> arguments = IntStream.range(0, count).boxed().collect(Collectors.toList());
                // Of what it does not take nothing comes, and so it has no parts.
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

    private static <T> T orNull(Supplier<T> made) {
        try {
            return made.get();
        } catch (RuntimeException e) {
            return null;
        }
    }
}
