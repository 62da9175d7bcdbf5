package riffle.gateway.plan;

import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.rel.RelNode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.ContextResolvedTable;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.planner.plan.nodes.calcite.Sink;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;

/**
 * Finds the tables of a plan into which rows are committed only by checkpoints. It sees the finished plan and
 * does not change it.
 */
public final class Commits implements FlinkOptimizeProgram<StreamOptimizeContext> {
    /** Connectors, and catalogs of these kinds, whose streaming sinks commit when a checkpoint completes. */
    private static final Set<String> BY_CHECKPOINTS =
            Set.of("filesystem", "hive", "iceberg", "paimon", "hudi", "delta");

    private final Set<String> tables = new TreeSet<>();

    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        if (root instanceof Sink) {
            ContextResolvedTable table = ((Sink) root).contextResolvedTable();
            if (!table.isAnonymous() && BY_CHECKPOINTS.contains(connector(table))) {
                tables.add(table.getIdentifier().getObjectName());
            }
        }
        return root;
    }

    private static String connector(ContextResolvedTable table) {
        String option = table.getResolvedTable().getOptions().get(FactoryUtil.CONNECTOR.key());
        if (option != null) {
            return option;
        }
        return table.getCatalog().flatMap(Catalog::getFactory).map(Factory::factoryIdentifier).orElse("");
    }

    /** Writes {@code uncommitted}, the tables' names, if no checkpoints run. */
    public void describe(ObjectNode out, ReadableConfig config) {
        if (config.getOptional(CheckpointingOptions.CHECKPOINTING_INTERVAL).isEmpty()) {
            ArrayNode array = out.putArray("uncommitted");
            tables.forEach(array::add);
        }
    }
}
