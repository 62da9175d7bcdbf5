package riffle.gateway.plan;

import org.apache.calcite.plan.RelOptRuleCall;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexProgram;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalCalc;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterInCalcIntoTableSourceScanRule;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterIntoTableSourceScanRule;

/**
 * Flink's rules that push conditions down to a source, without the conditions that they get wrong. For a
 * field of a field of a call's result, as in {@code m['k'].y.z > 4} and {@code Make(a).w.v > 4}, they push
 * the first column that they find, and leave {@code m > 4} and {@code a > 4} in the plan.
 */
final class PushedFilters {
    private PushedFilters() {}

    static final class IntoScan extends PushFilterIntoTableSourceScanRule {
        @Override
        public boolean matches(RelOptRuleCall call) {
            return super.matches(call) && isSafe(call.<Filter>rel(0).getCondition());
        }
    }

    static final class OfCalcIntoScan extends PushFilterInCalcIntoTableSourceScanRule {
        @Override
        public boolean matches(RelOptRuleCall call) {
            RexProgram program = call.<FlinkLogicalCalc>rel(0).getProgram();
            return super.matches(call) && isSafe(program.expandLocalRef(program.getCondition()));
        }
    }

    private static boolean isSafe(RexNode condition) {
        boolean[] safe = {true};
        condition.accept(
                new RexVisitorImpl<Void>(true) {
                    @Override
                    public Void visitFieldAccess(RexFieldAccess access) {
                        RexNode of = access.getReferenceExpr();
                        boolean nested = of instanceof RexFieldAccess;
                        while (of instanceof RexFieldAccess) {
                            of = ((RexFieldAccess) of).getReferenceExpr();
                        }
                        safe[0] &= !(nested && of instanceof RexCall);
                        return super.visitFieldAccess(access);
                    }
                });
        return safe[0];
    }
}
