package riffle.gateway.plan;

import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCorrelate;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Calls Go functions in the arguments of table functions, such as UNNEST, before the table function is
 * called: an argument that contains such a call becomes a column of the input to which the table function
 * is joined.
 *
 * <p>Flink's rule for this (PythonCorrelateSplitRule) fails where a field of the function's result is
 * read. Flink has no rule for a table function that is not joined to an input, as in
 * {@code SELECT * FROM UNNEST(Split('a b'))}. Such a table function is joined to a single row here.
 */
final class UnnestedCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        if (node instanceof FlinkLogicalCorrelate) {
                            FlinkLogicalCorrelate join = (FlinkLogicalCorrelate) node;
                            FlinkLogicalTableFunctionScan scan = LateralJoin.scan(join.getRight());
                            if (callsIn(scan)) {
                                return new LateralJoin(
                                                join, join.getLeft().accept(this), SplitCalls::calls, UnaryOperator.identity())
                                        .converted();
                            }
                            if (scan != null) {
                                return node.copy(
                                        node.getTraitSet(),
                                        List.of(join.getLeft().accept(this), join.getRight()));
                            }
                        }
                        if (node instanceof FlinkLogicalTableFunctionScan
                                && callsIn((FlinkLogicalTableFunctionScan) node)) {
                            return LateralJoin.alone(
                                            (FlinkLogicalTableFunctionScan) node, SplitCalls::calls, UnaryOperator.identity())
                                    .converted();
                        }
                        return super.visit(node);
                    }
                });
    }

    private static boolean callsIn(FlinkLogicalTableFunctionScan scan) {
        return scan != null && scan.getInputs().isEmpty() && SplitCalls.calls(scan.getCall());
    }
}
