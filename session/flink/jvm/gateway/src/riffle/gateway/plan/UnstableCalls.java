package riffle.gateway.plan;

import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalPythonCalc;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalRel;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.plan.utils.ChangelogPlanUtils;
import org.apache.flink.types.RowKind;
import riffle.gateway.internals.Internals;

/**
 * Finds functions that are not deterministic and are called for rows that are retracted: their results for
 * a row's -U or -D can differ from those for the original row. It sees the finished plan and does not
 * change it.
 */
public final class UnstableCalls implements FlinkOptimizeProgram<StreamOptimizeContext> {
    private final Set<String> names = new TreeSet<>();

    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        if (node instanceof StreamPhysicalPythonCalc && takesBack(node.getInput(0))) {
                            ((StreamPhysicalPythonCalc) node)
                                    .getProgram()
                                    .getExprList()
                                    .forEach(expression -> expression.accept(new Calls()));
                        }
                        RexCall table = Internals.current().tableFunctionCall(node);
                        if (table != null && takesBack(node.getInput(0))) {
                            table.accept(new Calls());
                        }
                        return super.visit(node);
                    }
                });
    }

    private static boolean takesBack(RelNode node) {
        scala.Option<ChangelogMode> mode = ChangelogPlanUtils.getChangelogMode((StreamPhysicalRel) node);
        return mode.isDefined()
                && (mode.get().contains(RowKind.UPDATE_BEFORE) || mode.get().contains(RowKind.DELETE));
    }

    /** Writes {@code unstable}, the functions' names. */
    public void describe(ObjectNode out) {
        ArrayNode array = out.putArray("unstable");
        names.forEach(array::add);
    }

    private final class Calls extends RexVisitorImpl<Void> {
        Calls() {
            super(true);
        }

        @Override
        public Void visitCall(RexCall call) {
            DeclaredFunction function = DeclaredFunction.of(call);
            if (function != null && !function.isDeterministic()) {
                names.add(function.name());
            }
            return super.visitCall(call);
        }
    }
}
