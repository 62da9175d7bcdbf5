package riffle.gateway.plan;

import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import riffle.gateway.internals.Internals;

/** Records which Go functions a plan calls. It does not change the plan. */
final class CalledFunctions<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    private final Set<String> names;

    /** Adds to {@code names}: a plan of several sinks is optimized in parts. */
    CalledFunctions(Set<String> names) {
        this.names = names;
    }

    @Override
    public RelNode optimize(RelNode root, C context) {
        RexShuttle calls =
                new RexShuttle() {
                    @Override
                    public RexNode visitCall(RexCall call) {
                        DeclaredFunction function = DeclaredFunction.of(call);
                        if (function != null) {
                            names.add(function.name());
                        }
                        return super.visitCall(call);
                    }
                };
        root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        node.accept(calls);
                        RexCall table = Internals.current().tableFunctionCall(node);
                        if (table != null) {
                            table.accept(calls);
                        }
                        return super.visit(node);
                    }
                });
        return root;
    }
}
