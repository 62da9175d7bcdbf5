package riffle.gateway;

import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.transformations.LegacySinkTransformation;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.connector.sink.TransformationSinkProvider;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.rows.ArrowSinkOperator;
import riffle.job.rows.ResultTarget;

/**
 * The sink of a query. It accepts every kind of change that the query makes, at the query's own
 * parallelism.
 */
final class ArrowTableSink implements DynamicTableSink {
    private final RowType type;
    private final ResultTarget target;

    ArrowTableSink(RowType type, ResultTarget target) {
        this.type = type;
        this.target = target;
    }

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        return requested;
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        return (TransformationSinkProvider)
                plan -> {
                    Transformation<RowData> input = plan.getInputTransformation();
                    return new LegacySinkTransformation<>(
                            input,
                            "result " + target.query,
                            SimpleOperatorFactory.of(new ArrowSinkOperator(type, target)),
                            input.getParallelism());
                };
    }

    @Override
    public DynamicTableSink copy() {
        return new ArrowTableSink(type, target);
    }

    @Override
    public String asSummaryString() {
        return "riffle result";
    }
}
