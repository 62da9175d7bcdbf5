package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Values;
import org.apache.calcite.util.ImmutableBitSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.planner.plan.metadata.FlinkRelMetadataQuery;
import org.apache.flink.table.planner.plan.nodes.calcite.Sink;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalRel;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.plan.utils.ChangelogPlanUtils;
import org.apache.flink.types.RowKind;
import riffle.gateway.internals.Internals;

/**
 * Finds a query's upsert keys and changelog mode in the one pass in which the planner optimizes it. It is
 * an observer at the end of the optimizer's chain of programs, which sees the finished plan and does not
 * change it. A second optimization for this purpose would cost as much again as planning does.
 *
 * <p>Batch plans do not pass through it: their results are insert-only and have no key.
 */
public final class QueryTraits implements FlinkOptimizeProgram<StreamOptimizeContext> {
    private List<int[]> upsertKeys = List.of();
    private ChangelogMode mode = ChangelogMode.insertOnly();
    private long limit = RowLimit.NONE;
    private boolean constant;

    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        if (root instanceof Sink) {
            RelNode query = root.getInput(0);
            Set<ImmutableBitSet> keys =
                    FlinkRelMetadataQuery.reuseOrCreate(root.getCluster().getMetadataQuery())
                            .getUpsertKeys(query);
            upsertKeys = new ArrayList<>();
            if (keys != null) {
                keys.forEach(key -> upsertKeys.add(key.toArray()));
            }
            upsertKeys.sort(Comparator.comparingInt(key -> key.length));
            scala.Option<ChangelogMode> found =
                    ChangelogPlanUtils.getChangelogMode((StreamPhysicalRel) query);
            mode = found.isDefined() ? found.get() : ChangelogMode.all();
            limit = mode.containsOnly(RowKind.INSERT) ? RowLimit.of(query) : RowLimit.NONE;
            constant = readsConstants(query);
        }
        return root;
    }

    /**
     * Whether a plan reads nothing but constants, so that its job ends by itself. The results of a table function of
     * the user may never end.
     */
    private static boolean readsConstants(RelNode node) {
        if (Internals.current().tableFunctionCall(node) != null) {
            return false;
        }
        return node.getInputs().isEmpty()
                ? node instanceof Values
                : node.getInputs().stream().allMatch(QueryTraits::readsConstants);
    }

    /**
     * Writes {@code keys}, column indexes, the shortest key first, {@code kinds}, e.g. +I -U +U, and
     * {@code limit}, the number of rows with which the result is complete, if the plan determines it.
     * {@code constant}: the plan reads nothing but constants.
     */
    public void describe(ObjectNode out) {
        ArrayNode keys = out.putArray("keys");
        for (int[] key : upsertKeys) {
            ArrayNode columns = keys.addArray();
            for (int column : key) {
                columns.add(column);
            }
        }
        if (limit != RowLimit.NONE) {
            out.put("limit", limit);
        }
        out.put("constant", constant);
        ArrayNode kinds = out.putArray("kinds");
        for (RowKind kind : RowKind.values()) {
            if (mode.contains(kind)) {
                kinds.add(kind.shortString());
            }
        }
    }
}
