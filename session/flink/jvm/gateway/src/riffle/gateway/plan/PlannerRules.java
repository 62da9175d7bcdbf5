package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.plan.RelOptRule;
import org.apache.flink.table.planner.plan.optimize.program.FlinkChainedProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkRuleSetProgram;
import org.apache.flink.table.planner.plan.rules.logical.JoinTableFunctionScanToCorrelateRule;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterInCalcIntoTableSourceScanRule;
import org.apache.flink.table.planner.plan.rules.logical.PushFilterIntoTableSourceScanRule;
import org.apache.flink.table.planner.plan.rules.logical.PythonCalcSplitRule;
import riffle.gateway.internals.Internals;

/**
 * Adds riffle's rules to Flink's. It is for rules that cannot be a program before or after one of Flink's:
 * {@link SplitCalls} has to run after the rule that merges calcs, which would undo it, and before Flink's
 * own rules that split them, which are in the same program.
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
            Internals.current().members((FlinkGroupProgram<?>) program).forEach(PlannerRules::change);
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
                                        : rule == JoinTableFunctionScanToCorrelateRule.INSTANCE ? JoinedTables.INSTANCE : rule);
    }
}
