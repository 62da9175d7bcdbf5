package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Calc;
import org.apache.calcite.rel.core.Exchange;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.flink.table.planner.plan.nodes.calcite.WatermarkAssigner;

/**
 * The maximum number of rows of a streaming plan, if LIMIT determines it. A result that only adds rows is
 * complete when that many have arrived. The job does not know this, because its sources continue.
 *
 * <p>It does not apply to batch plans, in which a limit may be one of each subtask.
 */
final class RowLimit {
    /** No known limit. */
    static final long NONE = Long.MAX_VALUE;

    private RowLimit() {}

    static long of(RelNode node) {
        if (node instanceof Sort) {
            return sort((Sort) node);
        }
        if (node instanceof Values) {
            return ((Values) node).getTuples().size();
        }
        if (node instanceof Union) {
            return sum(node.getInputs());
        }
        // These emit no more rows than they receive.
        boolean passes = node instanceof Calc || node instanceof Exchange || node instanceof WatermarkAssigner;
        return passes ? of(node.getInput(0)) : NONE;
    }

    private static long sort(Sort sort) {
        long limit = of(sort.getInput());
        if (limit != NONE) {
            limit = Math.max(0, limit - number(sort.offset, 0));
        }
        return Math.min(limit, number(sort.fetch, NONE));
    }

    private static long number(RexNode literal, long otherwise) {
        return literal == null ? otherwise : RexLiteral.intValue(literal);
    }

    private static long sum(List<RelNode> inputs) {
        long sum = 0;
        for (RelNode input : inputs) {
            long limit = of(input);
            if (limit == NONE) {
                return NONE;
            }
            sum += limit;
        }
        return sum;
    }
}
