package riffle.gateway.plan;

import org.apache.calcite.rel.RelHomogeneousShuttle;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Sort;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.planner.calcite.FlinkTypeFactory;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalIntermediateTableScan;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalSort;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalTableSourceScan;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalTemporalSort;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalValues;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.planner.plan.optimize.program.StreamOptimizeContext;
import org.apache.flink.table.planner.plan.schema.IntermediateRelTable;
import org.apache.flink.table.planner.plan.schema.TableSourceTable;
import org.apache.flink.table.runtime.connector.source.ScanRuntimeProviderContext;

/**
 * Decides where a stream is sorted as a whole. Flink has an operator for this, which folds the changes of
 * its input and sends the sorted rows at the input's end, and an internal option that enables it. The
 * option is set for each translation. This class rejects the sort of an unbounded input, in Flink's words.
 *
 * <p>A bounded input is sorted as a whole by its time attribute too, because the operator for streams
 * drops rows that arrive after their watermark.
 */
final class BoundedSorts implements FlinkOptimizeProgram<StreamOptimizeContext> {
    @Override
    public RelNode optimize(RelNode root, StreamOptimizeContext context) {
        return root.accept(
                new RelHomogeneousShuttle() {
                    @Override
                    public RelNode visit(RelNode node) {
                        RelNode visited = super.visit(node);
                        if (visited instanceof StreamPhysicalSort && !bounded(visited)) {
                            throw new TableException("Sort on a non-time-attribute field is not supported.");
                        }
                        return visited instanceof StreamPhysicalTemporalSort
                                        && byRowtime((Sort) visited)
                                        && bounded(visited)
                                ? whole((Sort) visited)
                                : visited;
                    }
                });
    }

    /** Whether the first key is a rowtime, not a processing time. */
    private static boolean byRowtime(Sort sort) {
        int first = sort.getCollation().getFieldCollations().get(0).getFieldIndex();
        return FlinkTypeFactory.isRowtimeIndicatorType(
                sort.getInput().getRowType().getFieldList().get(first).getType());
    }

    private static RelNode whole(Sort sort) {
        return new StreamPhysicalSort(
                sort.getCluster(), sort.getTraitSet(), sort.getInput(), sort.getCollation());
    }

    private static boolean bounded(RelNode node) {
        if (node instanceof StreamPhysicalIntermediateTableScan) {
            return bounded(node.getTable().unwrap(IntermediateRelTable.class).relNode());
        }
        if (node instanceof StreamPhysicalTableSourceScan) {
            DynamicTableSource source = node.getTable().unwrap(TableSourceTable.class).tableSource();
            return ((ScanTableSource) source)
                    .getScanRuntimeProvider(ScanRuntimeProviderContext.INSTANCE)
                    .isBounded();
        }
        return node.getInputs().isEmpty()
                ? node instanceof StreamPhysicalValues
                : node.getInputs().stream().allMatch(BoundedSorts::bounded);
    }
}
