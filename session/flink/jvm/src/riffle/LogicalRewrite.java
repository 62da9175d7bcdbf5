package riffle;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.hep.HepMatchOrder;
import org.apache.calcite.tools.RuleSet;
import org.apache.calcite.tools.RuleSets;
import org.apache.flink.table.planner.plan.optimize.program.BatchOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkBatchProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkChainedProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkHepRuleSetProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeContext;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkStreamProgram;
import org.apache.flink.table.planner.plan.optimize.program.HEP_RULES_EXECUTION_TYPE;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.plan.rules.FlinkBatchRuleSets;
import org.apache.flink.table.planner.plan.rules.FlinkStreamRuleSets;
import org.apache.flink.table.planner.plan.rules.logical.EventTimeTemporalJoinRewriteRule;
import org.apache.flink.table.planner.plan.rules.logical.PythonCalcSplitRule;

/**
 * Flink's logical rewrite with {@link SplitCalls} in it. The rule has to come behind the one that merges
 * calcs, which would undo it, and before Flink's own that split them, so that it cannot be a program
 * before or behind this one.
 */
final class LogicalRewrite {
    private LogicalRewrite() {}

    static void extendStream(FlinkChainedProgram<StreamOptimizeContext> chain) {
        FlinkGroupProgram<StreamOptimizeContext> group = new FlinkGroupProgram<>();
        group.addProgram(sequence(withSplitCalls(FlinkStreamRuleSets.LOGICAL_REWRITE())), "rewrite");
        group.addProgram(
                sequence(EventTimeTemporalJoinRewriteRule.EVENT_TIME_TEMPORAL_JOIN_REWRITE_RULES),
                "event-time temporal joins");
        replace(chain, FlinkStreamProgram.LOGICAL_REWRITE(), FlinkStreamProgram.TIME_INDICATOR(), group);
    }

    static void extendBatch(FlinkChainedProgram<BatchOptimizeContext> chain) {
        replace(
                chain,
                FlinkBatchProgram.LOGICAL_REWRITE(),
                FlinkBatchProgram.TIME_INDICATOR(),
                sequence(withSplitCalls(FlinkBatchRuleSets.LOGICAL_REWRITE())));
    }

    private static <C extends FlinkOptimizeContext> void replace(
            FlinkChainedProgram<C> chain, String name, String next, FlinkOptimizeProgram<C> program) {
        chain.remove(name);
        chain.addBefore(next, name, program);
    }

    private static <C extends FlinkOptimizeContext> FlinkOptimizeProgram<C> sequence(RuleSet rules) {
        FlinkHepRuleSetProgram<C> program = new FlinkHepRuleSetProgram<>();
        program.setHepRulesExecutionType(HEP_RULES_EXECUTION_TYPE.RULE_SEQUENCE());
        program.setHepMatchOrder(HepMatchOrder.BOTTOM_UP);
        program.add(rules);
        return program;
    }

    private static RuleSet withSplitCalls(RuleSet flinks) {
        List<RelOptRule> rules = new ArrayList<>();
        for (RelOptRule rule : flinks) {
            if (rule == PythonCalcSplitRule.SPLIT_CONDITION_REX_FIELD()) {
                rules.add(SplitCalls.INSTANCE);
            }
            rules.add(rule);
        }
        return RuleSets.ofList(rules);
    }
}
