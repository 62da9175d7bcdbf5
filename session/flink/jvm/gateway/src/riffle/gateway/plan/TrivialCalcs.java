package riffle.gateway.plan;

import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;

/**
 * Removes calcs that neither compute, reorder nor filter anything. Flink's batch programs still merge calcs after they
 * have removed such calcs. One that a merge leaves cannot be executed: Flink generates no code for it.
 */
final class TrivialCalcs<C extends FlinkOptimizeContext> implements FlinkOptimizeProgram<C> {
    @Override
    public RelNode optimize(RelNode root, C context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        boolean trivial = visited instanceof Calc && ((Calc) visited).getProgram().isTrivial();
                        return trivial ? visited.getInput(0) : visited;
                    }
                });
    }
}
