package riffle.gateway;

import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.LegacySinkTransformation;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.connector.sink.TransformationSinkProvider;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.rows.ArrowSink;
import riffle.job.rows.ArrowSinkOperator;
import riffle.job.rows.ResultTarget;

/**
 * The sink of a query. It accepts every kind of change that the query makes, at the query's own
 * parallelism.
 */
final class ArrowTableSink implements DynamicTableSink {
    /** Identifies the operator whose coordinator has the rows. */
    static final String UID = "riffle-result";

    private final RowType type;
    private final String query;
    private final ResultTarget target;
    private final boolean direct;

    /** If {@code target} is null, the sink has a coordinator, see {@link ArrowSink}. */
    ArrowTableSink(RowType type, String query, ResultTarget target, boolean direct) {
        this.direct = direct;
        this.type = type;
        this.query = query;
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
                    LegacySinkTransformation<RowData> sink =
                            new LegacySinkTransformation<>(input, "result " + query, factory(), input.getParallelism());
                    if (target == null) {
                        sink.setUid(UID);
                    }
                    return sink;
                };
    }

    private StreamOperatorFactory<Object> factory() {
        return target == null ? new ArrowSink(type, direct) : SimpleOperatorFactory.of(new ArrowSinkOperator(type, target));
    }

    @Override
    public DynamicTableSink copy() {
        return new ArrowTableSink(type, query, target, direct);
    }

    @Override
    public String asSummaryString() {
        return "riffle result";
    }
}
