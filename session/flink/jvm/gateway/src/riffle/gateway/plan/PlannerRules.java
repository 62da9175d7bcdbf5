package riffle.gateway.plan;

import java.lang.reflect.Field;
import java.util.List;
import org.apache.calcite.plan.RelOptRule;
import org.apache.flink.table.planner.plan.optimize.program.FlinkChainedProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkRuleSetProgram;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterInCalcIntoTableSourceScanRule;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterIntoTableSourceScanRule;
import org.apache.flink.table.planner.plan.rules.logical.PythonCalcSplitRule;
import scala.Tuple2;

/**
 * Puts rules of ours among Flink's. This is for what cannot be a program before or behind one of Flink's:
 * {@link SplitCalls} comes behind the rule that merges calcs, which would undo it, and before Flink's own
 * that split them, which are in the same program.
 */
final class PlannerRules {
    private PlannerRules() {}

    static <C extends FlinkOptimizeContext> void change(FlinkChainedProgram<C> chain) {
        for (String name : chain.getProgramNames()) {
            change(chain.get(name).get());
        }
    }

    private static void change(FlinkOptimizeProgram<?> program) {
        if (program instanceof FlinkGroupProgram) {
            for (Tuple2<?, ?> member : members((FlinkGroupProgram<?>) program)) {
                change((FlinkOptimizeProgram<?>) member._1());
            }
        } else if (program instanceof FlinkRuleSetProgram) {
            change(((FlinkRuleSetProgram<?>) program).rules());
        }
    }

    private static void change(List<RelOptRule> rules) {
        int split = rules.indexOf(PythonCalcSplitRule.SPLIT_CONDITION_REX_FIELD());
        if (split >= 0) {
            rules.add(split, SplitCalls.INSTANCE);
        }
        rules.replaceAll(
                rule ->
                        rule == PushFilterIntoTableSourceScanRule.INSTANCE
                                ? new PushedFilters.IntoScan()
                                : rule == PushFilterInCalcIntoTableSourceScanRule.INSTANCE
                                        ? new PushedFilters.OfCalcIntoScan()
                                        : rule);
    }

    /** What a group has been made of, which it does not tell. */
    private static List<Tuple2<?, ?>> members(FlinkGroupProgram<?> group) {
        try {
            Field programs = FlinkGroupProgram.class.getDeclaredField("programs");
            programs.setAccessible(true);
            @SuppressWarnings("unchecked")
            List<Tuple2<?, ?>> members = (List<Tuple2<?, ?>>) programs.get(group);
            return members;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Flink's planner is another one", e);
        }
    }
}
