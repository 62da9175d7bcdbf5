package riffle.gateway.plan;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCorrelate;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Brings the calls of Go's table functions into the form that their operator takes: joined to an input, with
 * arguments that are columns of the input or constants. Other arguments are computed before the join. Projections
 * and conditions that Flink has moved to the function's side of the join are applied after it.
 *
 * <p>Flink's rules for this (PythonCorrelateSplitRule, StreamPhysicalPythonCorrelateRule) confuse fields of rows,
 * lose projections, and fail for a projection without a condition.
 */
final class TableCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    private final CallSites sites;

    /** @param sites finds a call in the statement's text */
    TableCalls(CallSites sites) {
        this.sites = sites;
    }

    @Override
    public RelNode optimize(RelNode root, C context) {
        RexBuilder builder = root.getCluster().getRexBuilder();
        UnaryOperator<RexNode> asColumn =
                argument ->
                        argument instanceof RexLiteral
                                ? ConstantCalls.value(builder, (RexLiteral) argument)
                                : SplitCalls.value(builder, argument);
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        if (node instanceof FlinkLogicalCorrelate) {
                            FlinkLogicalCorrelate join = (FlinkLogicalCorrelate) node;
                            FlinkLogicalTableFunctionScan scan = LateralJoin.scan(join.getRight());
                            if (scan == null) {
                                return super.visit(node);
                            }
                            RelNode left = join.getLeft().accept(this);
                            if (function(scan) == null) {
                                return join.copy(join.getTraitSet(), List.of(left, join.getRight()));
                            }
                            check(join);
                            return new LateralJoin(join, left, computed(join.getCorrelationId()), asColumn)
                                    .convertedBelow();
                        }
                        if (node instanceof FlinkLogicalTableFunctionScan
                                && function((FlinkLogicalTableFunctionScan) node) != null) {
                            checkAlone((FlinkLogicalTableFunctionScan) node);
                            return LateralJoin.alone((FlinkLogicalTableFunctionScan) node, computed(null), asColumn)
                                    .convertedBelow();
                        }
                        return super.visit(node);
                    }
                });
    }

    /** The Go function that is called; null if it is another one. */
    private static DeclaredFunction function(FlinkLogicalTableFunctionScan scan) {
        return scan.getInputs().isEmpty() && scan.getCall() instanceof RexCall
                ? DeclaredFunction.of((RexCall) scan.getCall())
                : null;
    }

    /** Which arguments of a join are computed before it. They include time attributes, which become plain values. */
    private static Predicate<RexNode> computed(CorrelationId id) {
        return argument -> {
            if (argument instanceof RexLiteral) {
                return !ConstantCalls.travels(argument.getType());
            }
            RexNode of = argument instanceof RexFieldAccess ? ((RexFieldAccess) argument).getReferenceExpr() : null;
            return !(of instanceof RexCorrelVariable && ((RexCorrelVariable) of).id.equals(id))
                    || FlinkTypeFactory.isTimeIndicatorType(argument.getType());
        };
    }

    /** Refuses a call with columns of an outer query, if more than projections and conditions lie between the two. */
    private void checkAlone(FlinkLogicalTableFunctionScan scan) {
        if (RexUtil.containsCorrelation(scan.getCall())) {
            throw sites.refusal(
                    function(scan).name(),
                    CallSites.Place.LATERAL_QUERY,
                    "a subquery that does more than select its rows");
        }
    }

    /**
     * Refuses a left join whose condition uses the results: the operator does not know the condition, so it could
     * not tell which rows get no result. A projection is applied after the join only if it is NULL for NULLs.
     */
    private void check(FlinkLogicalCorrelate join) {
        RexProgram program = LateralJoin.program(join.getRight());
        if (join.getJoinType() == JoinRelType.INNER || program == null) {
            return;
        }
        ImmutableBitSet columns = ImmutableBitSet.range(program.getInputRowType().getFieldCount());
        String name = function(LateralJoin.scan(join.getRight())).name();
        if (program.getCondition() != null) {
            throw sites.refusal(name, CallSites.Place.LEFT_LATERAL, "a LEFT JOIN with a condition other than ON TRUE");
        }
        for (RexNode project : FunctionCalcs.projects(program)) {
            if (!Strong.isNull(project, columns)) {
                throw sites.refusal(
                        name, CallSites.Place.LEFT_COLUMN, "a LEFT JOIN whose right side computes a column");
            }
        }
    }
}
