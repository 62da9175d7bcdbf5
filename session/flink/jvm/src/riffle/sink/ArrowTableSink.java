package riffle.sink;

import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;

/** Takes every kind of change as the query makes it, at the query's own parallelism. */
final class ArrowTableSink implements DynamicTableSink {
    private final ArrowSink sink;

    ArrowTableSink(ArrowSink sink) {
        this.sink = sink;
    }

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        return requested;
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        return SinkV2Provider.of(sink);
    }

    @Override
    public DynamicTableSink copy() {
        return new ArrowTableSink(sink);
    }

    @Override
    public String asSummaryString() {
        return "riffle result";
    }
}
