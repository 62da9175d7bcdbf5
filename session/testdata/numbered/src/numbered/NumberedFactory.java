package numbered;

import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.Collector;

/**
 * A table of random values that are the same in each query. Its first column is the number of the row; the
 * others have any types. Options: number-of-rows, seed, long-texts, percent-null; with changes, rows are also updated and
 * deleted; with one-idle, all rows come from one subtask, while the others have none and do not end before it;
 * with push-down, the source makes its watermarks itself; with paused-run, it pauses in the middle ({@link Fired});
 * with rows-per-checkpoint, a subtask pauses after so many rows until a checkpoint begins.
 */
public final class NumberedFactory implements DynamicTableSourceFactory {
    @Override
    public String factoryIdentifier() {
        return "numbered";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        DataType type = context.getPhysicalRowDataType();
        Map<String, String> options = context.getCatalogTable().getOptions();
        return options.containsKey("push-down") ? new TableWithWatermarks(type, options, null) : new Table(type, options, null);
    }

    private static class Table implements ScanTableSource {
        final DataType type;
        final Map<String, String> options;
        WatermarkStrategy<RowData> watermarks; // null for none

        Table(DataType type, Map<String, String> options, WatermarkStrategy<RowData> watermarks) {
            this.type = type;
            this.options = options;
            this.watermarks = watermarks;
        }

        private boolean changes() {
            return options.containsKey("changes");
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return changes() ? ChangelogMode.all() : ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            TypeInformation<RowData> information = context.createTypeInformation(type);
            long last = Long.parseLong(options.get("number-of-rows"));
            Rows rows =
                    new Rows(
                            (RowType) type.getLogicalType(),
                            Long.parseLong(options.getOrDefault("seed", "1")),
                            options.containsKey("long-texts"),
                            options.containsKey("percent-null") ? Integer.valueOf(options.get("percent-null")) : null);
            WatermarkStrategy<RowData> strategy = watermarks == null ? WatermarkStrategy.noWatermarks() : watermarks;
            boolean oneIdle = options.containsKey("one-idle");
            String pausedRun = options.get("paused-run");
            long rowsPerCheckpoint = Long.parseLong(options.getOrDefault("rows-per-checkpoint", "0"));
            boolean changes = changes();
            return new DataStreamScanProvider() {
                @Override
                public DataStream<RowData> produceDataStream(ProviderContext providers, StreamExecutionEnvironment env) {
                    if (changes) {
                        return env.fromSource(new NumberSequenceSource(1, last / 4), WatermarkStrategy.noWatermarks(), "n")
                                .flatMap((Long n, Collector<RowData> out) -> rows.changes(n, out), information);
                    }
                    return env.fromSource(new NumberedSource(last, rows, oneIdle, pausedRun, rowsPerCheckpoint), strategy, "numbered", information);
                }

                @Override
                public boolean isBounded() {
                    return true;
                }
            };
        }

        @Override
        public DynamicTableSource copy() {
            return new Table(type, options, watermarks);
        }

        @Override
        public String asSummaryString() {
            return "numbered";
        }
    }

    private static final class TableWithWatermarks extends Table implements SupportsWatermarkPushDown {
        TableWithWatermarks(DataType type, Map<String, String> options, WatermarkStrategy<RowData> watermarks) {
            super(type, options, watermarks);
        }

        @Override
        public void applyWatermark(WatermarkStrategy<RowData> strategy) {
            watermarks = strategy;
        }

        @Override
        public DynamicTableSource copy() {
            return new TableWithWatermarks(type, options, watermarks);
        }
    }
}
