package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.plan.RelTraitSet;
import org.apache.calcite.rel.RelCollation;
import org.apache.calcite.rel.RelCollations;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.RelWriter;
import org.apache.flink.table.planner.plan.nodes.exec.ExecNode;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalRank;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalRel;
import org.apache.flink.table.planner.plan.optimize.program.FlinkChangelogModeInferenceProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.plan.utils.ChangelogPlanUtils;
import org.apache.flink.table.planner.plan.utils.RankProcessStrategy;
import org.apache.flink.table.planner.plan.utils.RankUtil;

/**
 * Makes the plan declare that {@code ROW_NUMBER() … = 1} updates its rows. Flink treats each such rank
 * whose order is not one descending column as a deduplication that keeps the first row, and declares that
 * it only adds rows. That is right if the order is only a time attribute. In every other order a later row
 * can come first, the operator sends an update, and the consumer of the updates counts the replaced rows
 * too.
 *
 * <p>It runs before the changelog modes are inferred.
 */
final class UpdatedRanks implements FlinkOptimizeProgram<StreamOptimizeContext> {
    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        return visited instanceof StreamPhysicalRank
                                        && misjudged((StreamPhysicalRank) visited, context)
                                ? new UpdatedRank((StreamPhysicalRank) visited)
                                : visited;
                    }
                });
    }

    /** Whether Flink would declare a rank append-only although it is not. */
    private static boolean misjudged(StreamPhysicalRank rank, StreamOptimizeContext context) {
        RelCollation order = rank.orderKey();
        if (!RankUtil.isDeduplication(rank)
                || order.getFieldCollations().isEmpty()
                || RankUtil.keepLastDeduplicateRow(order)) {
            return false;
        }
        // Over an updating input, the plan is right. Only the inference knows whether the input is
        // updating.
        RelNode input = new FlinkChangelogModeInferenceProgram().optimize(rank.getInput(), context);
        return ChangelogPlanUtils.isInsertOnly((StreamPhysicalRel) input)
                && !RankUtil.canConvertToDeduplicate(
                        (StreamPhysicalRank) rank.copy(rank.getTraitSet(), List.of(input)));
    }

    /**
     * A rank that claims to be ordered by one descending column, for which Flink's inference and
     * metadata expect updates. The operator is created, and the plan is shown, with the real order.
     */
    private static final class UpdatedRank extends StreamPhysicalRank {
        private final RelCollation order;

        UpdatedRank(StreamPhysicalRank rank) {
            this(rank, rank.getTraitSet(), rank.getInput(), rank.orderKey(), rank.rankStrategy());
        }

        private UpdatedRank(
                StreamPhysicalRank rank,
                RelTraitSet traits,
                RelNode input,
                RelCollation order,
                RankProcessStrategy strategy) {
            super(
                    rank.getCluster(),
                    traits,
                    input,
                    rank.partitionKey(),
                    RelCollations.of(
                            new RelFieldCollation(
                                    order.getFieldCollations().get(0).getFieldIndex(),
                                    RelFieldCollation.Direction.DESCENDING)),
                    rank.rankType(),
                    rank.rankRange(),
                    rank.rankNumberType(),
                    rank.outputRankNumber(),
                    strategy,
                    rank.sortOnRowTime());
            this.order = order;
        }

        private StreamPhysicalRank real() {
            return new StreamPhysicalRank(
                    getCluster(),
                    getTraitSet(),
                    getInput(),
                    partitionKey(),
                    order,
                    rankType(),
                    rankRange(),
                    rankNumberType(),
                    outputRankNumber(),
                    rankStrategy(),
                    sortOnRowTime());
        }

        @Override
        public RelNode copy(RelTraitSet traits, List<RelNode> inputs) {
            return new UpdatedRank(this, traits, inputs.get(0), order, rankStrategy());
        }

        @Override
        public StreamPhysicalRank copy(RankProcessStrategy strategy) {
            return new UpdatedRank(this, getTraitSet(), getInput(), order, strategy);
        }

        @Override
        public ExecNode<?> translateToExecNode() {
            return real().translateToExecNode();
        }

        // This also distinguishes ranks whose orders differ.
        @Override
        public RelWriter explainTerms(RelWriter writer) {
            return real().explainTerms(writer);
        }

        @Override
        public String getRelTypeName() {
            return StreamPhysicalRank.class.getSimpleName();
        }
    }
}
