package riffle.gateway.plan;

import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.RelOptRuleCall;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.logical.LogicalJoin;
import org.apache.calcite.rel.logical.LogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.rules.logical.JoinTableFunctionScanToCorrelateRule;

/**
 * Calls a table function whose arguments are constants for each row of the table that it is joined to, as Flink's
 * own rule does. That one also matches joins with a condition, and loses the condition. Here they stay joins.
 */
final class JoinedTables extends RelOptRule {
    static final JoinedTables INSTANCE = new JoinedTables();

    // The alternative requires a class that is generated for each rule's configuration.
    @SuppressWarnings("deprecation")
    private JoinedTables() {
        super(
                operand(LogicalJoin.class, operand(RelNode.class, any()), operand(LogicalTableFunctionScan.class, none())),
                "RiffleJoinedTables");
    }

    @Override
    public boolean matches(RelOptRuleCall call) {
        LogicalJoin join = call.rel(0);
        return join.getCondition().isAlwaysTrue()
                && (join.getJoinType() == JoinRelType.INNER || join.getJoinType() == JoinRelType.LEFT);
    }

    @Override
    public void onMatch(RelOptRuleCall call) {
        JoinTableFunctionScanToCorrelateRule.INSTANCE.onMatch(call);
    }
}
