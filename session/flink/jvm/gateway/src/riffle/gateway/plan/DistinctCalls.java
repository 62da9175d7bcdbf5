package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexSubQuery;
import org.apache.calcite.sql.SqlExplainLevel;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperator;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ContextResolvedFunction;
import org.apache.flink.table.functions.FunctionIdentifier;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Keeps the calls of nondeterministic functions apart. Calcite treats two equal calls within one program
 * as one call: it replaces {@code Coin(id) = Coin(id)} by true. It also duplicates calls:
 * {@code NULLIF(Coin(id), 5)} calls Coin for the comparison with 5, and again for the result.
 *
 * <p>At first, each call in the statement's text has an operator of its own. If there are several calls of
 * a function, the second and later ones get a name and a payload of their own, before anything is
 * optimized. The function host makes calls with equal payloads and arguments once (udfhost's calls), and
 * the copies of one call remain equal for Calcite.
 *
 * <p>The calls in equal parts of a plan, such as those of a view that is read twice, have the same names,
 * so that Flink can compute such a part once.
 */
final class DistinctCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    /** The number of names of each function. */
    private final Map<String, Integer> names = new HashMap<>();

    /**
     * The numbers in the names, by function, part of the plan, and position of the call within the
     * part.
     */
    private final Map<String, Integer> numbers = new HashMap<>();

    private final boolean compiles;

    /**
     * @param compiles whether the plan is written to a file. A compiled plan finds functions by their
     *     names and knows no others, so that equal calls cannot be kept apart in it.
     */
    DistinctCalls(boolean compiles) {
        this.compiles = compiles;
    }

    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        return visited.accept(new Calls(visited));
                    }
                });
    }

    /** Renames the calls of one node of the plan. */
    private final class Calls extends RexShuttle {
        private final RelNode node;
        private final Map<SqlOperator, SqlOperator> renamed = new IdentityHashMap<>();

        Calls(RelNode node) {
            this.node = node;
        }

        @Override
        public RexNode visitSubQuery(RexSubQuery subQuery) {
            RexSubQuery visited = (RexSubQuery) super.visitSubQuery(subQuery);
            return visited.clone(optimize(visited.rel, null));
        }

        @Override
        public RexNode visitCall(RexCall call) {
            RexNode visited = super.visitCall(call.isA(SqlKind.CASE) ? comparedOnce(call) : call);
            DeclaredFunction function = visited instanceof RexCall ? DeclaredFunction.of((RexCall) visited) : null;
            if (function == null || function.isDeterministic()) {
                return visited;
            }
            RexCall of = (RexCall) visited;
            SqlOperator operator =
                    renamed.computeIfAbsent(
                            of.getOperator(), o -> renamed(of, function));
            return operator == of.getOperator() ? visited : rex().makeCall(of.getType(), operator, of.getOperands());
        }

        /**
         * A CASE that compares one value with others, {@code CASE x WHEN 1 … WHEN 2 …} or NULLIF(x, 1),
         * contains x several times, each with an operator of its own. Here all of them get the first
         * one's.
         */
        private RexCall comparedOnce(RexCall call) {
            List<RexNode> operands = new ArrayList<>(call.getOperands());
            RexNode compared = null;
            for (int i = 0; i + 1 < operands.size(); i += 2) {
                RexNode condition = operands.get(i);
                RexNode left = condition.isA(SqlKind.EQUALS) ? ((RexCall) condition).getOperands().get(0) : null;
                if (left == null || compared != null && !compared.equals(left)) {
                    return call;
                }
                compared = compared == null ? left : compared;
                operands.set(
                        i, rex().makeCall(condition.getType(), ((RexCall) condition).getOperator(),
                                List.of(compared, ((RexCall) condition).getOperands().get(1))));
            }
            if (operands.size() == 3 && RexLiteral.isNullLiteral(operands.get(1)) && operands.get(2).equals(compared)) {
                operands.set(2, compared);
            }
            return (RexCall) rex().makeCall(call.getType(), call.getOperator(), operands);
        }

        private SqlOperator renamed(RexCall call, DeclaredFunction function) {
            String name = call.getOperator().getName();
            String counted = compiles ? call.toString() : name;
            String part = RelOptUtil.toString(node, SqlExplainLevel.DIGEST_ATTRIBUTES);
            int number =
                    numbers.computeIfAbsent(
                            counted + "\n" + renamed.size() + "\n" + part,
                            k -> names.merge(counted, 1, Integer::sum));
            if (number == 1) {
                return call.getOperator();
            }
            if (compiles) {
                throw new ValidationException(
                        "a compiled plan cannot tell two calls of " + function.name() + " apart");
            }
            return BridgingSqlFunction.of(
                    node.getCluster(),
                    ContextResolvedFunction.temporary(
                            FunctionIdentifier.of(name + "#" + number), function.numbered(number)));
        }

        private RexBuilder rex() {
            return node.getCluster().getRexBuilder();
        }
    }
}
