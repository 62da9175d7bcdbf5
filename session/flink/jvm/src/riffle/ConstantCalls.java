package riffle;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.flink.table.catalog.ContextResolvedFunction;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;
import org.apache.flink.table.planner.plan.nodes.physical.batch.BatchPhysicalPythonCalc;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalPythonCalc;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Lets functions be called with constants alone. Constants travel with the plan and not as columns, and
 * Flink's ArrowWriter fails on a batch without columns (its finish() reads the row count off the first).
 * Where no function of a calc has a column for an argument, they are called row by row instead.
 */
final class ConstantCalls<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        boolean calls =
                                visited instanceof StreamPhysicalPythonCalc
                                        || visited instanceof BatchPhysicalPythonCalc;
                        return calls ? withoutEmptyBatches((Calc) visited) : visited;
                    }
                });
    }

    private static RelNode withoutEmptyBatches(Calc calc) {
        RexProgram program = calc.getProgram();
        List<RexNode> projects =
                program.getProjectList().stream().map(program::expandLocalRef).collect(Collectors.toList());
        if (projects.stream().anyMatch(ConstantCalls::hasColumnArgument)) {
            return calc;
        }
        RexShuttle byRow =
                new RexShuttle() {
                    @Override
                    public RexNode visitCall(RexCall call) {
                        RexCall visited = (RexCall) super.visitCall(call);
                        GoFunction function = GoFunction.of(visited);
                        if (function == null) {
                            return visited;
                        }
                        return calc.getCluster()
                                .getRexBuilder()
                                .makeCall(
                                        visited.getType(),
                                        BridgingSqlFunction.of(
                                                calc.getCluster(),
                                                ContextResolvedFunction.anonymous(function.byRow())),
                                        visited.getOperands());
                    }
                };
        RexProgram changed =
                RexProgram.create(
                        program.getInputRowType(),
                        byRow.apply(projects),
                        null, // the planner has taken conditions out of calcs with such functions
                        program.getOutputRowType(),
                        calc.getCluster().getRexBuilder());
        return calc.copy(calc.getTraitSet(), calc.getInput(), changed);
    }

    /** Whether some call of a function in the expression has a column among its arguments. */
    private static boolean hasColumnArgument(RexNode expression) {
        boolean[] found = {false};
        expression.accept(
                new RexVisitorImpl<Void>(true) {
                    @Override
                    public Void visitCall(RexCall call) {
                        found[0] |= call.getOperands().stream().anyMatch(o -> o instanceof RexInputRef);
                        return super.visitCall(call);
                    }
                });
        return found[0];
    }
}
