package riffle.gateway.plan;

import org.apache.calcite.rel.RelNode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalCalcBase;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalDropUpdateBefore;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalSink;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalTableSourceScan;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalUnion;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalValues;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalWatermarkAssigner;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;

/**
 * Lets the operators of a stateless query pass rows on without a copy (pipeline.object-reuse). An operator
 * with state may keep a row that the operator before it modifies later, so one node of any other kind
 * leaves the option off. It applies only to queries: their sink is riffle's and keeps no row. The sink of
 * an INSERT may keep rows.
 *
 * <p>The setting is read when the job graph is created, after the optimizer.
 */
public final class ObjectReuse implements FlinkOptimizeProgram<StreamOptimizeContext> {
    private final Configuration config;

    public ObjectReuse(Configuration config) {
        this.config = config;
    }

    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        config.set(PipelineOptions.OBJECT_REUSE, stateless(root));
        return root;
    }

    private static boolean stateless(RelNode node) {
        boolean known =
                node instanceof StreamPhysicalCalcBase
                        || node instanceof StreamPhysicalDropUpdateBefore
                        || node instanceof StreamPhysicalSink
                        || node instanceof StreamPhysicalTableSourceScan
                        || node instanceof StreamPhysicalUnion
                        || node instanceof StreamPhysicalValues
                        || node instanceof StreamPhysicalWatermarkAssigner;
        return known && node.getInputs().stream().allMatch(ObjectReuse::stateless);
    }
}
